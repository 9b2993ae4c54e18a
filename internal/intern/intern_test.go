package intern

import (
	"strconv"
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	table := New(NewSeed())
	if n := table.Add(""); n != 0 {
		t.Errorf("the empty string is %d", n)
	}
	name := func(i int) string { return strings.Repeat("x", i%3*700) + strconv.Itoa(i) }
	for range 2 {
		for i := 1; i <= 5000; i++ {
			b := []byte(name(i))
			if n := table.Add(string(b)); n != uint32(i) {
				t.Fatalf("string %d is %d", i, n)
			}
		}
	}
	if table.Len() != 5001 {
		t.Errorf("%d strings", table.Len())
	}
	for i := 1; i <= 5000; i++ {
		if table.At(uint32(i)) != name(i) {
			t.Fatalf("string %d has become another", i)
		}
	}
}

// Strings of one hash are told apart.
func TestCollision(t *testing.T) {
	table := New(NewSeed())
	for i := 1; i < 500; i++ {
		if n := table.AddHashed(strconv.Itoa(i), 7); n != uint32(i) {
			t.Fatalf("string %d is %d", i, n)
		}
	}
	if n := table.AddHashed("499", 7); n != 499 {
		t.Errorf("499 is %d", n)
	}
}

// A string of a section has the hash that it has alone, wherever it stands.
func TestHashAt(t *testing.T) {
	seed := NewSeed()
	seen := map[uint64]string{0: ""}
	for size := range 40 {
		for _, fill := range []string{"a", "b", "\x80", "\xff\x01"} {
			s := strings.Repeat(fill, size)[:size]
			for before := range 10 {
				for after := range 10 {
					section := strings.Repeat("x", before) + s + "\x00" + strings.Repeat("y", after)
					if h, n := seed.HashAt(section+"\x00", uint32(before)); h != seed.Hash(s) || n != size {
						t.Fatalf("%q in %q: hash %#x, %d bytes; alone %#x", s, section, h, n, seed.Hash(s))
					}
				}
			}
			if other, ok := seen[seed.Hash(s)]; ok && other != s {
				t.Errorf("%q and %q have one hash", s, other)
			}
			seen[seed.Hash(s)] = s
		}
	}
}
