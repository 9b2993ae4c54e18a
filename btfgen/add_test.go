package btfgen

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// addHashed adds an object whose types have the given hashes, by id from 1.
func addHashed(m *Merger, t *Types, hashes ...uint64) []uint32 {
	p := m.NewHasher().Prepare(t, nil)
	p.hashes = append([]uint64{0}, hashes...)
	node, _, _ := m.Add(p)
	return node
}

// Types of one hash that differ make all types of their object nodes of their own; objects after it share those that they are
// equal to all the same.
func TestAddMeeting(t *testing.T) {
	var both, one, other wire
	both.structOf("s", both.int("int"), both.int("long"))
	one.structOf("p", one.int("int"))
	other.int("long")
	for _, test := range []struct {
		name string
		add  func(m *Merger) []uint32 // the nodes of all that is added
		want []uint32
	}{
		{"no two have one hash", func(m *Merger) []uint32 {
			return slices.Concat(addHashed(m, both.types(t), 1, 2, 3), addHashed(m, both.types(t), 1, 2, 3), addHashed(m, other.types(t), 2))
		}, []uint32{0, 1, 2, 3, 0, 1, 2, 3, 0, 2}},
		{"two of one object", func(m *Merger) []uint32 { // int and long: the struct, too, is where it belongs afterwards
			return slices.Concat(addHashed(m, both.types(t), 7, 7, 9), addHashed(m, one.types(t), 7, 10))
		}, []uint32{0, 1, 2, 3, 0, 1, 4}},
		{"of two of one object the struct is found again", func(m *Merger) []uint32 {
			addHashed(m, both.types(t), 7, 7, 9)
			return addHashed(m, one.types(t), 7, 9) // s and p
		}, []uint32{0, 4, 5}},
		{"of two objects", func(m *Merger) []uint32 {
			return slices.Concat(addHashed(m, one.types(t), 7, 8), addHashed(m, other.types(t), 7), addHashed(m, one.types(t), 7, 8))
		}, []uint32{0, 1, 2, 0, 3, 0, 1, 2}},
		{"all", func(m *Merger) []uint32 {
			return slices.Concat(addHashed(m, both.types(t), 7, 7, 7), addHashed(m, one.types(t), 7, 7))
		},
			[]uint32{0, 1, 2, 3, 0, 4, 5}},
	} {
		m := NewMerger()
		if d := cmp.Diff(test.want, test.add(m)); d != "" {
			t.Errorf("%s: nodes (-want +got):\n%s", test.name, d)
		}
	}
}

// After a meeting the numbers in the table of hashes are those of the nodes: a later object shares what it is equal to.
func TestAddAfterMeeting(t *testing.T) {
	var first, later wire
	first.int("int")
	first.int("long")
	first.structOf("s", 2)
	later.int("long")
	later.structOf("s", 1)
	m := NewMerger()
	addHashed(m, first.types(t), 7, 7, 9) // 'long' meets 'int'
	addHashed(m, later.types(t), 8, 9)
	if n := m.nodes() - 1; n != 5 { // s is of another node for long, which is not in the table
		t.Errorf("%d nodes", n)
	}
	m = NewMerger()
	var same wire
	same.int("int")
	same.structOf("s", 1)
	var meets wire
	meets.int("int")
	meets.int("long")
	meets.structOf("s", 1)
	addHashed(m, meets.types(t), 7, 7, 9)
	if node := addHashed(m, same.types(t), 7, 9); !slices.Equal(node, []uint32{0, 1, 3}) {
		t.Errorf("nodes %d", node)
	}
}

// Every VAR, FUNC, tag on one and DATASEC has a node of its own; all else of an object that is there already has none.
func TestAddSingle(t *testing.T) {
	make := func() *Types {
		var b wire
		i := b.int("int")                       // 1
		v := b.add(Var, "v", i, 0, Static)      // 2
		b.add(DeclTag, "tag", v, 0, 0xffffffff) // 3
		p := b.proto(i)                         // 4
		f := b.add(Func, "f", p, Global)        // 5
		b.add(DeclTag, "tag", f, 0, 0xffffffff) // 6
		s := b.structOf("s", i)                 // 7
		b.add(DeclTag, "tag", s, 0, 0xffffffff) // 8
		b.add(Datasec, ".data", 4, 1, v, 0, 4)  // 9
		b.add(TypeTag, "tag", i, 0)             // 10
		return b.types(t)
	}
	m := NewMerger()
	h := m.NewHasher()
	m.Add(h.Prepare(make(), nil))
	node, index, _ := m.Add(h.Prepare(make(), nil))
	if d := cmp.Diff([]uint32{0, 1, 11, 12, 4, 13, 14, 7, 8, 15, 10}, node); d != "" {
		t.Errorf("nodes (-want +got):\n%s", d)
	}
	if d := cmp.Diff(Index{Decls: []uint32{11, 13}, Tags: []uint32{12, 14, 8}, Datasecs: []uint32{15}}, index); d != "" {
		t.Errorf("index (-want +got):\n%s", d)
	}
}

// What is apart shares no node with what was there before or comes later; in the output equal types are one nevertheless.
func TestAddApart(t *testing.T) {
	m := NewMerger()
	h := m.NewHasher()
	add := func(apart bool) []uint32 {
		b := ring("ab")
		b.add(Func, "f", b.proto(1), Static)
		p := h.Prepare(b.types(t), nil)
		p.Apart = apart
		node, _, _ := m.Add(p)
		return node
	}
	first, apart, last := add(false), add(true), add(false)
	for id, v := range apart[1:] {
		if slices.Contains(first[1:], v) || slices.Contains(last[1:], v) {
			t.Errorf("#%d shares node %d", id+1, v)
		}
	}
	if !slices.Equal(first[:6], last[:6]) || first[6] == last[6] {
		t.Errorf("nodes %d, and then %d", first, last)
	}
	if _, _, err := m.Finish(binary.LittleEndian); err != nil {
		t.Fatal(err)
	}
	for id := 1; id <= 5; id++ {
		if m.ID(first[id]) != m.ID(apart[id]) {
			t.Errorf("#%d is two types of the output", id)
		}
	}
	if m.ID(first[6]) == m.ID(apart[6]) {
		t.Error("two functions have become one")
	}
}

// Nothing of the merger is in the memory of an object.
func TestAddCopies(t *testing.T) {
	for _, o := range orders {
		finish := func(scribble bool) (types, ext []byte) {
			x := newExtTypes()
			btf, records := x.encode(o.order), x.good().encode(o.order)
			parsed, err := ParseTypes(btf, o.order)
			if err != nil {
				t.Fatal(err)
			}
			e, err := ParseExt(records, o.order, parsed, nil)
			if err != nil {
				t.Fatal(err)
			}
			m := NewMerger()
			_, _, e = m.Add(m.NewHasher().Prepare(parsed, e))
			if scribble {
				for _, b := range [][]byte{btf, records} {
					copy(b, bytes.Repeat([]byte{0xa5}, len(b)))
				}
			}
			for k := range recordKinds {
				for i := range e.Records(k) {
					s := &e.Records(k)[i]
					m.AddRecords(k, s.Name, e, s, moved(0))
				}
			}
			types, ext, err = m.Finish(o.order)
			if err != nil {
				t.Fatal(err)
			}
			return types, ext
		}
		types, ext := finish(false)
		if t2, e2 := finish(true); !bytes.Equal(types, t2) || !bytes.Equal(ext, e2) {
			t.Errorf("%s: another output after the object's memory was written to", o.name)
		}
	}
}
