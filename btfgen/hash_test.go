package btfgen

import (
	"encoding/binary"
	"fmt"
	"math/rand"
	"slices"
	"testing"
)

// richObject makes a random graph of types of most kinds, circles included.
func richObject(r *rand.Rand, n int) *wire {
	var b wire
	ahead := func() uint32 { return uint32(r.Intn(n) + 1) }
	back := func(i int) uint32 { return uint32(r.Intn(i + 1)) } // void too: no circle without a struct
	name := func() string { return []string{"a", "b", ""}[r.Intn(3)] }
	for i := range n {
		switch k := r.Intn(12); {
		case i == 0 || k == 0:
			b.add(Int, "int", uint32(4<<r.Intn(2)), 0, uint32(32<<r.Intn(2)))
		case k < 4:
			b.ref(Ptr, ahead())
		case k == 4:
			b.ref([]Kind{Const, Volatile, Restrict}[r.Intn(3)], back(i))
		case k == 5:
			b.typedef("t", back(i))
		case k == 6:
			b.array(max(back(i), 1), 1, uint32(r.Intn(3)))
		case k == 7:
			b.proto(back(i), back(i), back(i))
		case k == 8:
			b.add([]Kind{Enum, Enum64}[r.Intn(2)], name(), 4, 0)
		case k == 9:
			b.add(Fwd, "a", 0, 0)
		default:
			types := make([]uint32, r.Intn(4))
			for j := range types {
				types[j] = ahead()
			}
			b.structOf(name(), types...)
		}
	}
	return &b
}

// randomTypes returns n graphs of types of up to size types.
func randomTypes(r *rand.Rand, n, size int) (list []*Types) {
	for len(list) < n {
		if t, err := richObject(r, 2+r.Intn(size)).parse(); err == nil { // circles of pointers alone are refused
			list = append(list, t)
		}
	}
	return list
}

// permuted returns the same types in another order, and the new id of each.
func permuted(t *testing.T, r *rand.Rand, of *Types) (*Types, []uint32) {
	t.Helper()
	n := int(of.Len()) - 1
	id := append([]uint32{0}, make([]uint32, n)...)
	order := r.Perm(n) // by place, the old id - 1
	for place, old := range order {
		id[old+1] = uint32(place + 1)
	}
	b := wire{strs: []byte(of.strs)}
	for _, old := range order {
		w := slices.Clone(of.at(uint32(old + 1)))
		eachRef(w, func(p int) { w[p] = id[w[p]] })
		b.words = append(b.words, w...)
	}
	return b.types(t), id
}

// The hash of a type does not depend on where it stands, and a second object of the same types brings no node.
func TestHashOrder(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for _, types := range randomTypes(r, 300, 60) {
		m := NewMerger()
		h := m.NewHasher()
		want := slices.Clone(h.Hash(types))
		other, id := permuted(t, r, types)
		got := h.Hash(other)
		for old := uint32(1); old < types.Len(); old++ {
			if want[old] != got[id[old]] {
				t.Fatalf("#%d (%s) of %d has another hash as #%d", old, types.Kind(old), types.Len()-1, id[old])
			}
		}
		first, _, _ := m.Add(h.Prepare(types, nil))
		before := m.nodes()
		second, _, _ := m.Add(h.Prepare(other, nil))
		if m.nodes() != before {
			t.Fatalf("%d nodes more", m.nodes()-before)
		}
		for old := uint32(1); old < types.Len(); old++ {
			if first[old] != second[id[old]] {
				t.Fatalf("#%d has become node %d, and then %d", old, first[old], second[id[old]])
			}
		}
	}
}

// leadingTo returns the types that lead to one, itself included.
func leadingTo(t *Types, id uint32) map[uint32]bool {
	leads := map[uint32]bool{id: true}
	for again := true; again; {
		again = false
		for v := uint32(1); v < t.Len(); v++ {
			if !leads[v] && slices.ContainsFunc(t.refs(v, nil), func(to uint32) bool { return leads[to] }) {
				leads[v], again = true, true
			}
		}
	}
	return leads
}

// spoil changes one word of a type that is no reference. It returns false if there is none that can be changed.
func spoil(r *rand.Rand, t *Types, id uint32) bool {
	w := t.at(id)
	switch k := t.Kind(id); k {
	case Int, Enum, Enum64, Fwd:
		t.strs += "other\x00" // another name
		w[wName] = uint32(len(t.strs) - len("other\x00"))
	case Array:
		w[5] += 7
	case Struct:
		if len(w) == wHead || r.Intn(2) == 0 {
			w[wType]++ // size
		} else {
			w[len(w)-1]++ // where the last member is
		}
	default:
		return false
	}
	return true
}

// A change of a type changes the hash of every type that leads to it, however far away, and of no other.
func TestHashChange(t *testing.T) {
	r := rand.New(rand.NewSource(2))
	changes := 0
	for _, types := range randomTypes(r, 300, 60) {
		types.words = slices.Clone(types.words)
		h := NewMerger().NewHasher()
		before := slices.Clone(h.Hash(types))
		id := uint32(1 + r.Intn(int(types.Len())-1))
		leads := leadingTo(types, id)
		if !spoil(r, types, id) {
			continue
		}
		changes++
		for v, hash := range h.Hash(types) {
			if v > 0 && (hash != before[v]) != leads[uint32(v)] {
				t.Fatalf("after a change of #%d (%s), which #%d leads to: %t, its hash changed: %t", id, types.Kind(id), v, leads[uint32(v)], hash != before[v])
			}
		}
	}
	if changes < 100 {
		t.Errorf("%d changes only", changes)
	}
}

// ring is structs of the given names, one letter each, of which each points to the next and the last to the first. The
// structs have odd ids in their order, the pointer from each is the id after it.
func ring(names string) *wire {
	var b wire
	n := uint32(len(names))
	for i := range n {
		b.structOf(names[i:i+1], 2*i+2)
		b.ref(Ptr, 2*((i+1)%n)+1)
	}
	return &b
}

// In a long circle, too, all hashes change with one name, reference or member far away.
func TestHashRing(t *testing.T) {
	m := NewMerger()
	hash := func(b *wire) []uint64 { return slices.Clone(m.NewHasher().Hash(b.types(t))) }
	const names = "abcdefghijklmnopqrstuvwxyz"
	plain := hash(ring(names))
	shortcut := ring(names)
	shortcut.words[6+wType] = 5 // of the pointer after a's 6 words: past b, to c
	for what, b := range map[string]*wire{"name": ring("abcdefghijklmNopqrstuvwxyz"), "one more": ring(names + "A"), "reference": shortcut} {
		for id, x := range hash(b)[1:] {
			if slices.Contains(plain[1:], x) {
				t.Errorf("%s: #%d has a hash that it had before", what, id+1)
			}
		}
	}
	for id, x := range hash(ring("bcdefghijklmnopqrstuvwxyza"))[1:] { // the same circle, from another struct on
		if want := plain[1+(id+2)%(2*len(names))]; x != want {
			t.Errorf("#%d of the turned ring: %x, want %x", id+1, x, want)
		}
	}
	// A circle twice as long is the same types: all that one can reach from them looks the same.
	once, twice := hash(ring("ab")), hash(ring("abab"))
	for id := 1; id < len(twice); id++ {
		if want := once[1+(id-1)%4]; twice[id] != want {
			t.Errorf("#%d of the ring twice as long: %x, want %x", id, twice[id], want)
		}
	}
}

// The hashes of circles that differ only farther apart than is looked can meet. Then all types of the object get nodes of
// their own, and in the output none is taken for another.
func TestHashMeets(t *testing.T) {
	a, b := ring("aab").types(t), ring("aaab").types(t)
	m := NewMerger()
	h := m.NewHasher()
	if x, y := slices.Clone(h.Hash(a)), h.Hash(b); x[5] != y[7] {
		t.Fatal("the hashes do not meet: the test needs larger rings")
	}
	for _, types := range []*Types{a, b, a, b} {
		m.Add(h.Prepare(types, nil))
	}
	nodes := m.nodes() - 1
	if all := a.Len() + b.Len() - 2; nodes < all || nodes > all+b.Len()-1 { // a's are shared, b's meet them every time
		t.Errorf("%d nodes for %d types", nodes, all)
	}
	raw, _, err := m.Finish(binary.LittleEndian)
	if err != nil {
		t.Fatal(err)
	}
	out, err := ParseTypes(raw, binary.LittleEndian)
	if err != nil {
		t.Fatal(err)
	}
	if want := naive([]*Types{a, b}); int(out.Len())-1 != want {
		t.Errorf("%d types, want %d", out.Len()-1, want)
	}
	if got, want := ringsOf(out), []string{"aab", "aaab"}; !slices.Equal(got, want) {
		t.Errorf("rings %q, want %q", got, want)
	}
}

// ringsOf returns the names in each ring of structs, in the order of the last struct of a name b in each.
func ringsOf(t *Types) (rings []string) {
	for id := uint32(1); id < t.Len(); id++ {
		if t.Kind(id) != Struct || t.Name(id) != "b" {
			continue
		}
		names := ""
		for v := id; names == "" || v != id; v = t.at(t.at(v)[wHead+1])[wType] {
			if names += t.Name(v); len(names) > 10 {
				return append(rings, fmt.Sprintf("#%d is in no ring", id))
			}
		}
		rings = append(rings, names[1:]+names[:1])
	}
	return rings
}

// What refers into a circle without being part of it is hashed by itself; that it is equal to a member is found out at the end.
func TestHashBeside(t *testing.T) {
	b := ring("a")
	b.ref(Ptr, 1) // the same as #2
	types := b.types(t)
	m := NewMerger()
	node, _, _ := m.Add(m.NewHasher().Prepare(types, nil))
	if _, _, err := m.Finish(binary.LittleEndian); err != nil {
		t.Fatal(err)
	}
	if m.ID(node[2]) != m.ID(node[3]) {
		t.Error("two pointers to one struct")
	}
}

// A hasher's tables are used again: of a small object after a large one nothing of the large one is left.
func TestHasherAgain(t *testing.T) {
	r := rand.New(rand.NewSource(3))
	m := NewMerger()
	used := m.NewHasher()
	for i, types := range randomTypes(r, 100, 200) {
		if got, want := used.Hash(types), m.NewHasher().Hash(types); !slices.Equal(got[1:], want[1:]) {
			t.Fatalf("object %d has other hashes from a used hasher", i)
		}
	}
}

// What a hash is, and where a text is looked for, nobody can tell beforehand: not of types without a name either.
func TestHashesAreSecret(t *testing.T) {
	var b wire
	i32 := b.int("int")
	b.add(Float, "", 8, 0)
	b.add(Array, "", 0, 0, i32, i32, 3)
	b.add(Enum, "", 4, 1, 0, 1)
	b.add(Ptr, "", 0, 0)
	b.structOf("", i32)
	types := b.types(t)
	var hashes, slots [2][]uint64
	for i := range 2 {
		h := NewMerger().NewHasher()
		hashes[i] = slices.Clone(h.Hash(types))
		h.number = make([]uint32, 1<<20)
		for off := range uint32(8) {
			slots[i] = append(slots[i], uint64(h.textSlot(off)))
		}
	}
	for id := uint32(1); id < types.Len(); id++ {
		if hashes[0][id] == hashes[1][id] {
			t.Errorf("type %d (%s) has the same hash in two mergers", id, types.Kind(id))
		}
	}
	if slices.Equal(slots[0], slots[1]) {
		t.Error("texts are looked for at the same places in two mergers")
	}
}

// No element makes the hash forget what came before it.
func TestElementsAdd(t *testing.T) {
	var b wire
	i32 := b.int("int")
	for _, word := range []uint32{0, 1, 2, 1 << 31, mixA & 0xffffffff, mixB & 0xffffffff} {
		for _, size := range []uint32{4, 8} {
			b.add(Struct, "", size, 1, 0, i32, word)
			b.add(Enum, "", size, 1, 0, word)
			b.add(Enum64, "", size, 1, 0, word, 1)
		}
	}
	types := b.types(t)
	seen := map[uint64]uint32{}
	for id, h := range NewMerger().NewHasher().Hash(types) {
		if other, ok := seen[h]; ok && id > 0 {
			t.Errorf("types %d and %d, which differ, have one hash", other, id)
		}
		seen[h] = uint32(id)
	}
}
