package btfgen

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/bpfsdt/bpf-sdt-link/internal/mutate"
)

// scaled are sections that are large or deep in one way each.
var scaled = []struct {
	name string
	make func(t *mutate.BTF, n uint32)
}{
	{"many ints", func(t *mutate.BTF, n uint32) {
		for range 10 * n {
			t.Add(0, 1<<24, 4, 32)
		}
	}},
	{"different ints", func(t *mutate.BTF, n uint32) {
		for i := range 3 * n {
			t.Add(t.Name(fmt.Sprint("i", i)), 1<<24, 4, 32)
		}
	}},
	{"pointers", chain(2 << 24)},
	{"const", chain(10 << 24)},
	{"restrict", chain(11 << 24)},
	{"typedefs", func(t *mutate.BTF, n uint32) {
		name := t.Name("t")
		for i := range n {
			t.Add(name, 8<<24, i)
		}
	}},
	{"arrays", func(t *mutate.BTF, n uint32) {
		t.Add(0, 1<<24, 4, 32)
		for i := range n {
			t.Add(0, 3<<24, 0, i+1, 1, 2)
		}
	}},
	{"structs", func(t *mutate.BTF, n uint32) {
		t.Add(0, 1<<24, 4, 32)
		member := t.Name("a_member_of_some_length")
		for i := range n {
			t.Add(0, 4<<24|1, 4, member, i+1, 0)
		}
		t.Add(member, 14<<24, n+1, 1)
	}},
	{"structs with a long name", func(t *mutate.BTF, n uint32) {
		t.Add(0, 1<<24, 4, 32)
		member := t.Name(strings.Repeat("m", 4_000))
		for i := range n / 10 {
			t.Add(0, 4<<24|1, 4, member, i+1, 0)
		}
		t.Add(member, 14<<24, n/10+1, 1)
	}},
	{"pointers to structs", func(t *mutate.BTF, n uint32) {
		for i := range n {
			t.Add(0, 2<<24, 2*i+2)
			t.Add(0, 4<<24|1, 8, 0, 2*i+3, 0)
		}
		t.Add(0, 1<<24, 4, 32)
	}},
	{"prototypes", func(t *mutate.BTF, n uint32) {
		for i := range n {
			t.Add(0, 13<<24|2, i, 0, i, 0, i)
		}
	}},
	{"parameters behind typedefs", func(t *mutate.BTF, _ uint32) {
		for i := range uint32(maxChain - 1) {
			t.Add(0, 10<<24, i)
		}
		words := []uint32{0, 13<<24 | 60_000, 0}
		for range 60_000 {
			words = append(words, 0, maxChain-1)
		}
		t.Add(words...)
	}},
	{"forward declarations", func(t *mutate.BTF, n uint32) {
		for i := range n {
			name := t.Name(fmt.Sprint("s", i))
			t.Add(name, 7<<24, 0)
			t.Add(name, 4<<24|1, 8, 0, 3*i+3, 0)
			t.Add(0, 2<<24, 3*((i+1)%n)+1)
		}
	}},
	{"functions", func(t *mutate.BTF, n uint32) {
		t.Add(0, 13<<24, 0)
		name := t.Name("f")
		for range n {
			t.Add(name, 12<<24|2, 1)
		}
	}},
	{"tags", func(t *mutate.BTF, n uint32) {
		t.Add(0, 4<<24, 0)
		name := t.Name("tag")
		for range n {
			t.Add(name, 17<<24, 1, math.MaxUint32)
		}
	}},
	{"members", func(t *mutate.BTF, _ uint32) {
		words := []uint32{0, 4<<24 | 65_535, 8}
		for range 65_535 {
			words = append(words, 0, 1, 0)
		}
		for range 10 {
			t.Add(words...)
		}
	}},
}

// chain is types of one kind, each referring to the one before.
func chain(info uint32) func(t *mutate.BTF, n uint32) {
	return func(t *mutate.BTF, n uint32) {
		for i := range n {
			t.Add(0, info, i)
		}
	}
}

// TestScale reads and merges types that are many, or nested deep: done or refused, in time and memory that go with the
// size, without running out of stack.
func TestScale(t *testing.T) {
	for _, test := range scaled {
		t.Run(test.name, func(t *testing.T) {
			var b mutate.BTF
			test.make(&b, 100_000)
			data := b.Bytes()
			mutate.Bounded(t, len(data), func() {
				types, err := ParseTypes(data, binary.LittleEndian)
				if err != nil {
					t.Log(err)
					return
				}
				for _, id := range []uint32{1, types.Len() / 2, types.Len() - 2, types.Len() - 1} {
					if err := useType(types, id); err != nil {
						t.Error(err)
					}
				}
				once, _, err := mergeAll(types, nil, binary.LittleEndian, 0)
				if err != nil {
					t.Log(err)
					return
				}
				if again, err := ParseTypes(once, binary.LittleEndian); err != nil {
					t.Error(err)
				} else {
					t.Logf("%d types become %d", types.Len(), again.Len())
				}
			})
		})
	}
}

// TestCycles ties types of every pair of kinds to each other and to themselves.
func TestCycles(t *testing.T) {
	word := func(kind Kind, to uint32) []uint32 {
		l := &layouts[kind]
		vlen := uint32(0)
		if l.stride > 0 {
			vlen = 2
		}
		w := make([]uint32, wHead+l.extra+l.stride*int(vlen))
		w[wInfo] = makeInfo(kind, vlen)
		eachRef(w, func(p int) { w[p] = to })
		return w
	}
	taken := 0
	for a := Int; a < kindEnd; a++ {
		for b := Int; b < kindEnd; b++ {
			for _, order := range [][2]uint32{{2, 1}, {1, 2}, {2, 2}, {3, 3}, {3, 1}} {
				var x mutate.BTF
				x.Add(word(a, order[0])...)
				x.Add(word(b, order[1])...)
				x.Add(word(a, 1)...)
				outcome, err := mergeMutated(x.Bytes(), nil, binary.LittleEndian, 0)
				if err != nil {
					t.Errorf("%s and %s, %v: %v", a, b, order, err)
				}
				if outcome == "ok" {
					taken++
				}
			}
		}
	}
	if taken == 0 {
		t.Error("all are refused")
	}
}

// TestHugeFields puts large numbers where a length, an offset or a count is.
func TestHugeFields(t *testing.T) {
	var x mutate.BTF
	x.Add(x.Name("i"), 1<<24, 4, 32)
	x.Add(0, 4<<24|1, 8, 0, 1, 0)
	good := x.Bytes()
	for at := 4; at+4 <= len(good); at += 4 {
		for _, v := range []uint32{1 << 31, math.MaxUint32, math.MaxUint32 - 24, 1 << 24, 0xffffff, 0x04ffffff, 0x0fffffff, 0x13ffffff} {
			data := append([]byte{}, good...)
			binary.LittleEndian.PutUint32(data[at:], v)
			mutate.Bounded(t, len(data), func() {
				if _, err := mergeMutated(data, nil, binary.LittleEndian, 0); err != nil {
					t.Errorf("%#x at %d: %v", v, at, err)
				}
			})
		}
	}
}
