package object

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestCompress(t *testing.T) {
	noise := make([]byte, 100_000)
	rng := rand.NewChaCha8([32]byte{1})
	_, _ = rng.Read(noise)
	for _, data := range [][]byte{nil, []byte("x"), make([]byte, 1<<20), noise} {
		packed, err := Compress(data)
		if err != nil {
			t.Fatal(err)
		}
		if len(data) > 0 && (!Compressed(packed) || Compressed(data)) {
			t.Errorf("%d bytes: the magic does not tell them apart", len(data))
		}
		got, err := Decompress(packed)
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("%d bytes come back as %d (%v)", len(data), len(got), err)
		}
	}
}

func TestDecompressErrors(t *testing.T) {
	text := []byte(strings.Repeat("some text ", 1000))
	packed, err := Compress(text)
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; n < len(packed); n++ {
		if data, err := Decompress(packed[:n]); err == nil || data != nil {
			t.Errorf("the first %d bytes of %d are taken", n, len(packed))
		}
	}
	for i := range packed { // the frame has a checksum
		spoiled := bytes.Clone(packed)
		spoiled[i] ^= 0x10
		if data, err := Decompress(spoiled); err == nil && !bytes.Equal(data, text) {
			t.Errorf("byte %d spoiled gives other contents and no error", i)
		}
	}
	if _, err := Decompress([]byte("no zstd")); err == nil || !strings.HasPrefix(err.Error(), "zstd: ") {
		t.Errorf("error %v", err)
	}
	if _, err := Decompress(packed[:len(packed)-1]); err == nil || err.Error() != "zstd: the file is truncated" {
		t.Errorf("error %v", err)
	}
}

// A few kilobytes that claim more memory than any object takes are refused.
func TestDecompressLimit(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 200 MB of memory")
	}
	for _, test := range []struct {
		size int
		ok   bool
	}{{inflateFloor, true}, {inflateFloor + 1, false}} {
		packed, err := Compress(make([]byte, test.size))
		if err != nil {
			t.Fatal(err)
		}
		if len(packed)*inflateRatio > inflateFloor {
			t.Fatalf("%d bytes are no bomb", len(packed))
		}
		data, err := Decompress(packed)
		switch {
		case test.ok && (err != nil || len(data) != test.size):
			t.Errorf("%d bytes: %v", test.size, err)
		case !test.ok && (err == nil || data != nil || !strings.Contains(err.Error(), "more than 67108864 bytes from ")):
			t.Errorf("%d bytes: %v", test.size, err)
		}
	}
}
