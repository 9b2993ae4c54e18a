package btfgen

import (
	"hash/maphash"
	"strings"
)

// interner gives equal strings equal numbers, counted from 0, which is the empty string.
type interner struct {
	seed  maphash.Seed
	strs  []string
	hash  []uint64
	table []uint32 // open addressing: number + 1, 0 is free; a power of two, at most half full
	room  []byte   // where strings are kept; what is in use is never written again
}

const internRoom = 1 << 16 // bytes

// keep returns a copy of a string.
func (in *interner) keep(s string) string {
	if len(s) > internRoom/16 {
		return strings.Clone(s)
	}
	if cap(in.room)-len(in.room) < len(s) {
		in.room = make([]byte, 0, internRoom)
	}
	from := len(in.room)
	in.room = append(in.room, s...)
	return stringOf(in.room[from:])
}

func (in *interner) init(seed maphash.Seed) {
	in.seed = seed
	in.table = make([]uint32, 1024)
	in.add("")
}

func (in *interner) len() int { return len(in.strs) }

func (in *interner) add(s string) uint32 { return in.addHashed(s, hashName(in.seed, s)) }

// addHashed is add for who has the hash already, which is hashName's. The interner keeps a copy of s.
func (in *interner) addHashed(s string, h uint64) uint32 {
	mask := uint64(len(in.table) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		id := in.table[i]
		if id == 0 {
			in.strs, in.hash = append(in.strs, in.keep(s)), append(in.hash, h)
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
