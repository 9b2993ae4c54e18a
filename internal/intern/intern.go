// Package intern gives strings numbers: a table that is faster, and smaller, than a map for the hundreds of thousands of
// names that a large link looks up.
package intern

import "unsafe"

// Table gives equal strings equal numbers, counted from 0, which is the empty string.
type Table struct {
	seed  Seed
	strs  []place
	hash  []uint64
	table []uint32 // open addressing: number + 1, 0 is free; a power of two, at most half full
	rooms [][]byte // where strings are kept; what is in use is never written again
}

// place says where a string is. It is no pointer: the garbage collector need not look at hundreds of thousands.
type place struct{ room, start, size uint32 }

const (
	firstSize = 256 // of the table
	firstRoom = 1 << 12
	lastRoom  = 1 << 20 // bytes
)

// New returns a table for hashes of a seed.
func New(seed Seed) *Table {
	t := &Table{seed: seed, table: make([]uint32, firstSize)}
	t.Add("")
	return t
}

// Len is how many strings there are.
func (t *Table) Len() int { return len(t.strs) }

// At returns the string of a number.
func (t *Table) At(n uint32) string {
	p := t.strs[n]
	if p.size == 0 {
		return ""
	}
	return unsafe.String(&t.rooms[p.room][p.start], int(p.size))
}

// Add returns the number of a string without NUL bytes, of which the table keeps a copy.
func (t *Table) Add(s string) uint32 { return t.AddHashed(s, t.seed.Hash(s)) }

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
		if t.hash[n-1] == h && t.At(n-1) == s {
			return n - 1
		}
	}
}

// keep keeps a copy of a string.
func (t *Table) keep(s string) place {
	last := len(t.rooms) - 1
	if last < 0 || cap(t.rooms[last])-len(t.rooms[last]) < len(s) {
		t.rooms = append(t.rooms, make([]byte, 0, max(len(s), min(firstRoom<<len(t.rooms), lastRoom))))
		last++
	}
	room := &t.rooms[last]
	p := place{uint32(last), uint32(len(*room)), uint32(len(s))}
	*room = append(*room, s...)
	return p
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
