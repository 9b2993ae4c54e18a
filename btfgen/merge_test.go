package btfgen

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/cilium/ebpf/btf"
	"github.com/google/go-cmp/cmp"
)

// wire builds the .BTF of one object by hand: the merger is to see what no library would write.
type wire struct {
	words []uint32
	strs  []byte
	n     uint32
}

func (b *wire) str(s string) uint32 {
	if len(b.strs) == 0 {
		b.strs = []byte{0}
	}
	if s == "" {
		return 0
	}
	off := uint32(len(b.strs))
	b.strs = append(append(b.strs, s...), 0)
	return off
}

func (b *wire) add(k Kind, name string, head uint32, vlen int, rest ...uint32) uint32 {
	b.words = append(append(b.words, b.str(name), makeInfo(k, uint32(vlen)), head), rest...)
	b.n++
	return b.n
}

func (b *wire) int(name string) uint32 { return b.add(Int, name, 4, 0, 1<<24|32) }

// structOf adds a struct with members m0, m1, ... of the given types, 8 bytes each.
func (b *wire) structOf(name string, types ...uint32) uint32 {
	var rest []uint32
	for i, t := range types {
		rest = append(rest, b.str(fmt.Sprintf("m%d", i)), t, uint32(i*64))
	}
	return b.add(Struct, name, uint32(8*len(types)), len(types), rest...)
}

func (b *wire) types(t *testing.T) *Types {
	t.Helper()
	types, err := b.parse()
	if err != nil {
		t.Fatal(err)
	}
	return types
}

func (b *wire) parse() (*Types, error) {
	b.str("")
	raw := make([]byte, 24+4*len(b.words))
	bo := binary.LittleEndian
	bo.PutUint16(raw, 0xeb9f)
	raw[2] = 1
	bo.PutUint32(raw[4:], 24)
	bo.PutUint32(raw[12:], uint32(4*len(b.words)))
	bo.PutUint32(raw[16:], uint32(4*len(b.words)))
	bo.PutUint32(raw[20:], uint32(len(b.strs)))
	for i, w := range b.words {
		bo.PutUint32(raw[24+4*i:], w)
	}
	return ParseTypes(append(raw, b.strs...), bo)
}

// add adds an object.
func add(m *Merger, t *Types) { m.Add(m.NewHasher().Prepare(t, nil)) }

// merged merges objects, after prepare had its say, and returns the output as cilium/ebpf reads it.
func merged(t *testing.T, objs []*wire, prepare func(m *Merger)) *btf.Spec {
	t.Helper()
	m := NewMerger()
	for _, o := range objs {
		add(m, o.types(t))
	}
	if prepare != nil {
		prepare(m)
	}
	raw, _, err := m.Finish(binary.LittleEndian)
	if err != nil {
		t.Fatal(err)
	}
	spec, err := btf.LoadSpecFromReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

// list prints every type of a spec on a line, void left out.
func list(t *testing.T, spec *btf.Spec) []string {
	t.Helper()
	var lines []string
	for typ, err := range spec.All() {
		if err != nil {
			t.Fatal(err)
		}
		if _, void := typ.(*btf.Void); !void {
			lines = append(lines, describe(typ, 0))
		}
	}
	return lines
}

func describe(typ btf.Type, depth int) string {
	if depth > 3 {
		return "..."
	}
	sub := func(t btf.Type) string { return describe(t, depth+1) }
	switch v := typ.(type) {
	case *btf.Void:
		return "void"
	case *btf.Pointer:
		return "*" + sub(v.Target)
	case *btf.Const:
		return "const " + sub(v.Type)
	case *btf.Struct:
		if depth > 0 {
			return "struct " + v.Name
		}
		var ms []string
		for _, m := range v.Members {
			ms = append(ms, m.Name+":"+sub(m.Type))
		}
		return "struct " + v.Name + "{" + strings.Join(ms, " ") + "} " + strings.Join(v.Tags, " ")
	case *btf.FuncProto:
		var ps []string
		for _, p := range v.Params {
			ps = append(ps, p.Name+" "+sub(p.Type))
		}
		return "proto(" + strings.Join(ps, ", ") + ")" + sub(v.Return)
	case *btf.Var:
		return fmt.Sprintf("var %s %v %s %v", v.Name, v.Linkage, sub(v.Type), v.Tags)
	case *btf.Func:
		return fmt.Sprintf("func %s %v %s", v.Name, v.Linkage, sub(v.Type))
	case *btf.Datasec:
		var vs []string
		for _, e := range v.Vars {
			vs = append(vs, fmt.Sprintf("%s@%d+%d", e.Type.TypeName(), e.Offset, e.Size))
		}
		return fmt.Sprintf("datasec %s %d %s", v.Name, v.Size, strings.Join(vs, " "))
	}
	return fmt.Sprintf("%T %s", typ, typ.TypeName())
}

func TestMerge(t *testing.T) {
	// fwdPtr adds a pointer to a declared struct, full one to a defined struct.
	fwdPtr := func(b *wire, name string) uint32 { return b.add(Ptr, "", b.add(Fwd, name, 0, 0), 0) }
	for _, tc := range []struct {
		name    string
		objs    func() []*wire
		prepare func(m *Merger)
		want    []string
	}{
		{"equal types of two objects are one", func() []*wire {
			var a, b wire
			a.structOf("s", a.int("int"))
			b.add(Ptr, "", 2, 0)
			b.structOf("s", 3)
			b.int("int")
			return []*wire{&a, &b}
		}, nil, []string{"*btf.Int int", "struct s{m0:*btf.Int int} ", "*struct s"}},

		{"a list that contains itself is one", func() []*wire {
			make := func() *wire {
				var a wire
				a.add(Ptr, "", 2, 0)
				a.structOf("list", 1)
				return &a
			}
			return []*wire{make(), make()}
		}, nil, []string{"*struct list", "struct list{m0:*struct list} "}},

		{"structs of one name that differ below a pointer stay two", func() []*wire {
			var a, b wire
			a.structOf("s", a.add(Ptr, "", a.structOf("in", a.int("int")), 0))
			b.structOf("s", b.add(Ptr, "", b.structOf("in", b.int("long")), 0))
			return []*wire{&a, &b}
		}, nil, []string{"*btf.Int int", "struct in{m0:*btf.Int int} ", "*struct in", "struct s{m0:*struct in} ",
			"*btf.Int long", "struct in{m0:*btf.Int long} ", "*struct in", "struct s{m0:*struct in} "}},

		{"a forward declaration becomes the full type, and what refers to it one", func() []*wire {
			var a, b wire
			a.structOf("s", fwdPtr(&a, "in"))
			b.structOf("s", b.add(Ptr, "", b.structOf("in", b.int("int")), 0))
			return []*wire{&a, &b}
		}, nil, []string{"*struct in", "struct s{m0:*struct in} ", "*btf.Int int", "struct in{m0:*btf.Int int} "}},

		{"a forward declaration stays where full types differ", func() []*wire {
			var a, b, c wire
			fwdPtr(&a, "in")
			b.structOf("in", b.int("int"))
			c.structOf("in", c.int("long"))
			return []*wire{&a, &b, &c}
		}, nil, []string{"*btf.Fwd in", "**btf.Fwd in", "*btf.Int int", "struct in{m0:*btf.Int int} ", "*btf.Int long", "struct in{m0:*btf.Int long} "}},

		{"names that depend on one another are resolved together", func() []*wire {
			var a, b wire // a: x -> fwd y, full y -> fwd x; b: full x -> full y -> full x
			a.structOf("x", fwdPtr(&a, "y"))
			a.structOf("y", fwdPtr(&a, "x"))
			b.add(Ptr, "", 2, 0)
			b.structOf("x", 3)
			b.add(Ptr, "", 4, 0)
			b.structOf("y", 1)
			return []*wire{&a, &b}
		}, nil, []string{"*struct y", "struct x{m0:*struct y} ", "*struct x", "struct y{m0:*struct x} "}},

		{"an ambiguous name makes those that refer to it ambiguous", func() []*wire {
			var a, b, c wire
			fwdPtr(&a, "x")
			b.structOf("x", b.add(Ptr, "", b.structOf("y", b.int("int")), 0))
			c.structOf("x", c.add(Ptr, "", c.structOf("y", c.int("long")), 0))
			return []*wire{&a, &b, &c}
		}, nil, []string{"*btf.Fwd x", "**btf.Fwd x", "*btf.Int int", "struct y{m0:*btf.Int int} ", "*struct y", "struct x{m0:*struct y} ",
			"*btf.Int long", "struct y{m0:*btf.Int long} ", "*struct y", "struct x{m0:*struct y} "}},

		{"a union declared is no struct", func() []*wire {
			var a, b wire
			a.words = append(a.words, a.str("s"), makeInfo(Fwd, 0)|1<<31, 0)
			a.n++
			b.structOf("s", b.int("int"))
			return []*wire{&a, &b}
		}, nil, []string{"*btf.Fwd s", "*btf.Int int", "struct s{m0:*btf.Int int} "}},

		{"variables and functions are never merged", func() []*wire {
			make := func() *wire {
				var a wire
				a.add(Var, "v", a.int("int"), 0, Static)
				a.add(Func, "f", a.add(FuncProto, "", 0, 0), Static)
				return &a
			}
			return []*wire{make(), make()}
		}, nil, []string{"*btf.Int int", "var v static *btf.Int int []", "proto()void", "func f static proto()void",
			"var v static *btf.Int int []", "func f static proto()void"}},

		{"what only a dropped declaration led to goes, with its tags", func() []*wire {
			var a wire
			a.add(Var, "gone", a.add(Ptr, "", a.structOf("only", a.int("int")), 0), 0, Global)
			a.add(DeclTag, "tag", 4, 0, 0xffffffff)
			a.add(Var, "stays", 1, 0, Global)
			a.structOf("unmentioned")
			return []*wire{&a}
		}, func(m *Merger) { m.Drop(m.objs[0][4]) }, []string{"*btf.Int int", "var stays global *btf.Int int []", "struct unmentioned{} "}},

		{"an alias takes its tags along", func() []*wire {
			make := func(tag string) *wire {
				var a wire
				a.add(DeclTag, tag, a.add(Var, "v", a.int("int"), 0, Extern), 0, 0xffffffff)
				a.add(DeclTag, "both", 2, 0, 0xffffffff)
				return &a
			}
			return []*wire{make("one"), make("two")}
		}, func(m *Merger) { m.Alias(m.objs[0][2], m.objs[1][2]); m.SetLinkage(m.objs[1][2], Global) }, []string{"*btf.Int int", "var v global *btf.Int int [one both two]"}},

		{"sections come last with their members", func() []*wire {
			var a wire
			a.add(Datasec, ".data", 0, 1, a.add(Var, "v", a.int("int"), 0, Global), 0, 4)
			return []*wire{&a}
		}, func(m *Merger) { m.AddSection(".data", 12, []SectionVar{{m.objs[0][2], 8, 4}}) }, []string{"*btf.Int int", "var v global *btf.Int int []", "datasec .data 12 v@8+4"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			want := slices.Sorted(slices.Values(tc.want))
			got := slices.Sorted(slices.Values(list(t, merged(t, tc.objs(), tc.prepare))))
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
			if tc.prepare != nil {
				return // it names objects by number
			}
			objs := tc.objs()
			slices.Reverse(objs)
			if d := cmp.Diff(want, slices.Sorted(slices.Values(list(t, merged(t, objs, nil))))); d != "" {
				t.Error("in reverse order:", d)
			}
		})
	}
}

// Strings that no type and no record uses are not in the output.
func TestMergeStrings(t *testing.T) {
	var a wire
	a.add(Var, "gone", a.int("gone_too"), 0, Global)
	a.int("stays")
	m := NewMerger()
	add(m, a.types(t))
	m.Drop(m.objs[0][2])
	raw, _, err := m.Finish(binary.LittleEndian)
	if err != nil {
		t.Fatal(err)
	}
	out, err := ParseTypes(raw, binary.LittleEndian)
	if err != nil {
		t.Fatal(err)
	}
	if out.strs != "\x00stays\x00" {
		t.Errorf("strings are %q", out.strs)
	}
}

// randomObject makes a graph of types with few different shapes, so that many are equal and many
// differ only far away.
func randomObject(r *rand.Rand, n int) *wire {
	var b wire
	ref := func() uint32 { return uint32(r.Intn(n) + 1) }
	for i := range n {
		switch k := r.Intn(8); {
		case i == 0 || k == 0:
			b.int([]string{"int", "long"}[r.Intn(2)])
		case k < 4:
			b.add(Ptr, "", ref(), 0)
		case k < 5: // backwards only, so that no typedef contains itself
			b.add(Typedef, "t", uint32(r.Intn(i)+1), 0)
		default:
			types := make([]uint32, r.Intn(3))
			for j := range types {
				types[j] = ref()
			}
			b.structOf([]string{"a", "b", ""}[r.Intn(3)], types...)
		}
	}
	return &b
}

// naive counts the classes of equal types by refining all of them until nothing changes.
func naive(objs []*Types) int {
	type node struct {
		t  *Types
		id uint32
	}
	var nodes []node
	class := map[node]int{}
	for _, t := range objs {
		for id := uint32(1); id < t.Len(); id++ {
			nodes = append(nodes, node{t, id})
		}
	}
	for count := 0; ; {
		next, keys := map[node]int{}, map[string]int{}
		for _, n := range nodes {
			w := slices.Clone(n.t.at(n.id))
			key := n.t.Name(n.id)
			eachName(w, func(p int) { key += "|" + n.t.str(w[p]); w[p] = 0 })
			eachRef(w, func(p int) { w[p] = uint32(class[node{n.t, w[p]}]) })
			key += fmt.Sprint(w)
			if _, ok := keys[key]; !ok {
				keys[key] = len(keys) + 1
			}
			next[n] = keys[key]
		}
		if len(keys) == count {
			return count
		}
		class, count = next, len(keys)
	}
}

// The merger finds exactly the equal types that the naive way finds, in any order of the objects.
func TestMergeRandom(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	done := 0
	for done < 400 {
		var objs []*wire
		for range 1 + r.Intn(4) {
			objs = append(objs, randomObject(r, 2+r.Intn(40)))
		}
		var types []*Types
		for _, o := range objs {
			if parsed, err := o.parse(); err == nil { // a cycle of pointers alone is refused
				types = append(types, parsed)
			}
		}
		if len(types) == 0 {
			continue
		}
		done++
		want := naive(types)
		for round := range 4 {
			m := NewMerger()
			for _, o := range types {
				p := m.NewHasher().Prepare(o, nil)
				if round > 1 { // types that differ have one hash
					for i := range p.hashes {
						p.hashes[i] &= 7
					}
				}
				m.Add(p)
			}
			raw, _, err := m.Finish(binary.LittleEndian)
			if err != nil {
				t.Fatal(err)
			}
			out, err := ParseTypes(raw, binary.LittleEndian)
			if err != nil {
				t.Fatal(err)
			}
			if got := int(out.Len() - 1); got != want {
				t.Fatalf("%d types are left, want %d", got, want)
			}
			slices.Reverse(types)
		}
	}
}
