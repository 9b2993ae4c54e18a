package intern

import (
	"hash/maphash"
	"strconv"
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	table := New(maphash.MakeSeed())
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
	table := New(maphash.MakeSeed())
	for i := 1; i < 500; i++ {
		if n := table.AddHashed(strconv.Itoa(i), 7); n != uint32(i) {
			t.Fatalf("string %d is %d", i, n)
		}
	}
	if n := table.AddHashed("499", 7); n != 499 {
		t.Errorf("499 is %d", n)
	}
}
