package intern

import (
	"encoding/binary"
	"hash/maphash"
	"math/bits"
	"unsafe"
)

// Seed makes the hashes of one run differ from those of another, so that nobody can make names that meet.
type Seed struct{ a, b uint64 }

// NewSeed returns a random seed.
func NewSeed() Seed {
	s := maphash.MakeSeed()
	return Seed{maphash.String(s, "a"), maphash.String(s, "b") | 1}
}

// Mix mixes a number into a hash.
func (s Seed) Mix(h, x uint64) uint64 {
	hi, lo := bits.Mul64(h^s.a, x^s.b)
	return hi ^ lo
}

// Hash returns the hash of a string without NUL bytes. That of the empty string is 0.
func (s Seed) Hash(str string) (h uint64) {
	b := unsafe.Slice(unsafe.StringData(str), len(str))
	for ; len(b) >= 8; b = b[8:] {
		h = s.Mix(h, binary.LittleEndian.Uint64(b))
	}
	if len(b) > 0 {
		h = s.Mix(h, tail(b))
	}
	return h
}

// HashAt returns the hash and the length of the string at an offset of a string section, which ends with a NUL byte. It does
// in one pass what to look for the end and Hash do in two.
func (s Seed) HashAt(section string, off uint32) (h uint64, n int) {
	b := unsafe.Slice(unsafe.StringData(section), len(section))[off:]
	for ; n+8 <= len(b); n += 8 {
		w := binary.LittleEndian.Uint64(b[n:])
		if zero := (w - 0x0101010101010101) &^ w & 0x8080808080808080; zero != 0 {
			k := bits.TrailingZeros64(zero) / 8
			if k > 0 {
				h = s.Mix(h, w&(1<<(8*k)-1))
			}
			return h, n + k
		}
		h = s.Mix(h, w)
	}
	from := n
	for b[n] != 0 {
		n++
	}
	if n > from {
		h = s.Mix(h, tail(b[from:n]))
	}
	return h, n
}

// tail returns less than 8 bytes as a little-endian number.
func tail(b []byte) (w uint64) {
	for i, x := range b {
		w |= uint64(x) << (8 * i)
	}
	return w
}
