// Package intern gives strings numbers: a table that is faster, and smaller, than a map for the hundreds of thousands of
// names that a large link looks up.
package intern

import (
	"hash/maphash"
	"strings"
	"unsafe"
)

// Table gives equal strings equal numbers, counted from 0, which is the empty string.
type Table struct {
	seed  maphash.Seed
	strs  []string
	hash  []uint64
	table []uint32 // open addressing: number + 1, 0 is free; a power of two, at most half full
	room  []byte   // where strings are kept; what is in use is never written again
}

const (
	firstSize = 256     // of the table
	roomSize  = 1 << 14 // bytes
)

// New returns a table for hashes of a seed.
func New(seed maphash.Seed) *Table {
	t := &Table{seed: seed, table: make([]uint32, firstSize)}
	t.Add("")
	return t
}

// Hash is the hash of a string in tables of a seed. That of the empty string is 0.
func Hash(seed maphash.Seed, s string) uint64 {
	if s == "" {
		return 0
	}
	return maphash.String(seed, s)
}

// Len is how many strings there are.
func (t *Table) Len() int { return len(t.strs) }

// At returns the string of a number.
func (t *Table) At(n uint32) string { return t.strs[n] }

// Strings returns all strings by number.
func (t *Table) Strings() []string { return t.strs }

// Add returns the number of a string, of which the table keeps a copy.
func (t *Table) Add(s string) uint32 { return t.AddHashed(s, Hash(t.seed, s)) }

// AddHashed is Add for who has the hash already.
func (t *Table) AddHashed(s string, h uint64) uint32 {
	mask := uint64(len(t.table) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		n := t.table[i]
		if n == 0 {
			t.strs, t.hash = append(t.strs, t.keep(s)), append(t.hash, h)
			t.table[i] = uint32(len(t.strs))
			if len(t.strs)*2 > len(t.table) {
				t.grow()
			}
			return uint32(len(t.strs) - 1)
		}
		if t.hash[n-1] == h && t.strs[n-1] == s {
			return n - 1
		}
	}
}

// keep returns a copy of a string.
func (t *Table) keep(s string) string {
	if len(s) > roomSize/16 {
		return strings.Clone(s)
	}
	if cap(t.room)-len(t.room) < len(s) {
		t.room = make([]byte, 0, roomSize)
	}
	from := len(t.room)
	t.room = append(t.room, s...)
	b := t.room[from:]
	return unsafe.String(unsafe.SliceData(b), len(b))
}

func (t *Table) grow() {
	t.table = make([]uint32, 2*len(t.table))
	mask := uint64(len(t.table) - 1)
	for n, h := range t.hash {
		i := h & mask
		for t.table[i] != 0 {
			i = (i + 1) & mask
		}
		t.table[i] = uint32(n + 1)
	}
}
