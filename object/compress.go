package object

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

// zstdMagic starts every zstd frame (RFC 8878, 3.1.1).
var zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}

// inflateRatio bounds what a compressed input may grow to, in bytes out for a byte in, so that
// a few kilobytes cannot claim all memory. Objects with much zero data reach some hundreds.
const (
	inflateRatio = 1 << 10
	inflateFloor = 64 << 20 // bytes that are always allowed
)

// Compressed reports whether data starts with the zstd magic.
func Compressed(data []byte) bool { return bytes.HasPrefix(data, zstdMagic) }

// Decompress returns the contents of zstd-compressed data.
func Decompress(data []byte) ([]byte, error) {
	limit := max(int64(len(data))*inflateRatio, inflateFloor)
	var head zstd.Header
	if err := head.Decode(data); err == nil && head.HasFCS && head.FrameContentSize > uint64(limit) {
		return nil, tooLarge(limit, data) // before any memory is taken for it
	}
	dec, err := zstd.NewReader(bytes.NewReader(data), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(128<<20))
	if err != nil {
		return nil, err
	}
	defer dec.Close()
	var out bytes.Buffer
	n, err := io.Copy(&out, io.LimitReader(dec, limit+1))
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, errors.New("zstd: the file is truncated")
	case err != nil:
		return nil, fmt.Errorf("zstd: %w", err)
	case n > limit:
		return nil, tooLarge(limit, data)
	}
	return out.Bytes(), nil
}

// Compressor writes something as one zstd frame. The bytes can differ between versions of the encoder.
type Compressor struct{ Of io.WriterTo }

// WriteTo writes the frame.
func (c Compressor) WriteTo(w io.Writer) (int64, error) {
	enc, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return 0, err
	}
	n, err := c.Of.WriteTo(enc)
	return n, errors.Join(err, enc.Close())
}

func tooLarge(limit int64, data []byte) error {
	return fmt.Errorf("zstd: more than %d bytes from %d compressed ones", limit, len(data))
}

// Compress returns data as one zstd frame. The bytes can differ between versions of the encoder.
func Compress(data []byte) ([]byte, error) {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	defer enc.Close()
	return enc.EncodeAll(data, nil), nil
}
