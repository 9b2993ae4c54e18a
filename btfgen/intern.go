package btfgen

import "hash/maphash"

// interner gives equal strings equal numbers, counted from 0, which is the empty string.
type interner struct {
	seed  maphash.Seed
	strs  []string
	hash  []uint64
	table []uint32 // open addressing: number + 1, 0 is free; a power of two, at most half full
}

func (in *interner) init(seed maphash.Seed) {
	in.seed = seed
	in.table = make([]uint32, 1024)
	in.add("")
}

func (in *interner) len() int { return len(in.strs) }

func (in *interner) add(s string) uint32 {
	h := hashName(in.seed, s)
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

// at returns the string of a number.
func (in *interner) at(id uint32) string { return in.strs[id] }
