package btfgen

import "math/bits"

// interner gives equal strings equal numbers, counted from 0, which is the empty string.
type interner struct {
	strs  []string
	hash  []uint64
	table []uint32 // open addressing: number + 1, 0 is free; a power of two, at most half full
}

func (in *interner) init() {
	in.table = make([]uint32, 1024)
	in.add("")
}

func (in *interner) len() int { return len(in.strs) }

func (in *interner) add(s string) uint32 {
	h := hashString(s)
	mask := uint64(len(in.table) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		id := in.table[i]
		if id == 0 {
			in.strs, in.hash = append(in.strs, s), append(in.hash, h)
			in.table[i] = uint32(len(in.strs))
			if len(in.strs)*2 > len(in.table) {
				in.grow()
			}
			return uint32(len(in.strs) - 1)
		}
		if in.hash[id-1] == h && in.strs[id-1] == s {
			return id - 1
		}
	}
}

func (in *interner) grow() {
	in.table = make([]uint32, 2*len(in.table))
	mask := uint64(len(in.table) - 1)
	for id, h := range in.hash {
		i := h & mask
		for in.table[i] != 0 {
			i = (i + 1) & mask
		}
		in.table[i] = uint32(id + 1)
	}
}

// Odd constants of the golden ratio and of the square root of 3, to spread bits with.
const (
	mixA = 0x9e3779b97f4a7c15
	mixB = 0xbb67ae8584caa73b
)

func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a^mixA, b^mixB)
	return hi ^ lo
}

func hashString(s string) uint64 {
	h := uint64(len(s)) * mixB
	for len(s) >= 8 {
		w := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
		h = mix(h, w)
		s = s[8:]
	}
	w := uint64(0)
	for i := range len(s) {
		w |= uint64(s[i]) << (8 * i)
	}
	h = mix(h, w)
	return h ^ h>>32
}
