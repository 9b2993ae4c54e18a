package object

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/bpfsdt/bpf-sdt-link/internal/mutate"
)

// TestHugeHeaders puts large numbers into every field of every header: sections of 2^60 bytes, four billion symbols.
func TestHugeHeaders(t *testing.T) {
	for _, o := range orders {
		good := mustWrite(t, sample(o.order))
		shoff := o.order.Uint64(good[40:])
		var fields []int
		for at := 16; at < ehdrSize; at += 2 {
			fields = append(fields, at)
		}
		for at := int(shoff); at < len(good); at += 4 {
			fields = append(fields, at)
		}
		mutate.Bounded(t, len(good)*len(fields), func() {
			for _, at := range fields {
				for _, v := range []uint64{1 << 60, 24 << 32, math.MaxUint64, math.MaxUint64 - 63, 1 << 63, 1<<40 + 1} {
					data := bytes.Clone(good)
					if at+8 <= len(data) {
						o.order.PutUint64(data[at:], v)
					}
					if _, err := parseMutated(data); err != nil {
						t.Errorf("%s: %#x at %#x: %v", o.name, v, at, err)
					}
				}
			}
		})
	}
}

// TestBombs decompresses what says that it is, or is, far larger than its bytes.
func TestBombs(t *testing.T) {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	zeros := enc.EncodeAll(make([]byte, 512<<20), nil)
	lying := append(bytes.Clone(zstdMagic), 0xe0) // single segment, content size of 8 bytes
	lying = append(binary.LittleEndian.AppendUint64(lying, 1<<60), 1, 0, 0)
	window := append(bytes.Clone(zstdMagic), 0, 0xff, 1, 0, 0) // a window of terabytes
	for name, data := range map[string][]byte{"zeros": zeros, "frames": bytes.Repeat(enc.EncodeAll(make([]byte, 32<<20), nil), 30), "content size": lying, "window": window,
		"empty frames": bytes.Repeat(enc.EncodeAll(nil, nil), 100_000)} {
		t.Run(name, func(t *testing.T) {
			var out []byte
			mutate.Bounded(t, len(data), func() { out, err = Decompress(data) })
			t.Logf("%d bytes, %v", len(out), err)
			if err == nil && name != "empty frames" {
				t.Error("taken")
			}
		})
	}
}
