package btfgen

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/cilium/ebpf/btf"
	"github.com/google/go-cmp/cmp"

	"github.com/bpfsdt/bpf-sdt-link/object"
)

var orders = []struct {
	name  string
	order binary.ByteOrder
}{{"little", binary.LittleEndian}, {"big", binary.BigEndian}}

// encode gives the section that parse reads, in either byte order.
func (b *wire) encode(bo binary.ByteOrder) []byte {
	b.str("")
	size := uint32(4 * len(b.words))
	var raw []byte
	for _, w := range append([]uint32{0, btfHeaderSize, 0, size, size, uint32(len(b.strs))}, b.words...) {
		raw = bo.(binary.AppendByteOrder).AppendUint32(raw, w)
	}
	bo.PutUint16(raw, btfMagic)
	raw[2], raw[3] = 1, 0
	return append(raw, b.strs...)
}

// ref adds a type that is no more than a reference to another.
func (b *wire) ref(k Kind, to uint32) uint32 { return b.add(k, "", to, 0) }

// union adds a forward declaration of a union: kind_flag, the top bit of the info word, says so.
func (b *wire) union(name string) uint32 {
	id := b.add(Fwd, name, 0, 0)
	b.words[len(b.words)-2] |= 1 << 31
	return id
}

// typedef, proto and array add what their names say.
func (b *wire) typedef(name string, to uint32) uint32 { return b.add(Typedef, name, to, 0) }

func (b *wire) proto(ret uint32, params ...uint32) uint32 {
	var rest []uint32
	for _, p := range params {
		rest = append(rest, 0, p)
	}
	return b.add(FuncProto, "", ret, len(params), rest...)
}

func (b *wire) array(elem, index, n uint32) uint32 { return b.add(Array, "", 0, 0, elem, index, n) }

func TestParseTypesHeader(t *testing.T) {
	good := func() *wire { b := &wire{}; b.int("int"); return b } // 16 bytes of types, 5 of strings
	tests := []struct {
		name  string
		spoil func(b []byte, bo binary.ByteOrder) []byte
		want  string
	}{
		{"empty", func(b []byte, _ binary.ByteOrder) []byte { return nil }, "0 bytes are too few for a header"},
		{"short", func(b []byte, _ binary.ByteOrder) []byte { return b[:23] }, "23 bytes are too few for a header"},
		{"magic", func(b []byte, _ binary.ByteOrder) []byte { b[0] = 0; return b }, "bad magic 0x"},
		{"byte order", func(b []byte, _ binary.ByteOrder) []byte { b[0], b[1] = b[1], b[0]; return b }, "bad magic 0x9feb"},
		{"version", func(b []byte, _ binary.ByteOrder) []byte { b[2] = 2; return b }, "unknown version 2"},
		{"header too small", func(b []byte, bo binary.ByteOrder) []byte { bo.PutUint32(b[4:], 20); return b }, "header of 20 bytes in a section of 45"},
		{"header too large", func(b []byte, bo binary.ByteOrder) []byte { bo.PutUint32(b[4:], 46); return b }, "header of 46 bytes in a section of 45"},
		{"types outside", func(b []byte, bo binary.ByteOrder) []byte { bo.PutUint32(b[12:], 24); return b }, "type section (24 bytes at 24) is outside .BTF of 45 bytes"},
		{"types far outside", func(b []byte, bo binary.ByteOrder) []byte { bo.PutUint32(b[8:], math.MaxUint32); return b }, "type section (16 bytes at 4294967319)"},
		{"types of half a word", func(b []byte, bo binary.ByteOrder) []byte { bo.PutUint32(b[12:], 14); return b }, "type section of 14 bytes is not made of words"},
		{"strings outside", func(b []byte, bo binary.ByteOrder) []byte { bo.PutUint32(b[20:], 6); return b }, "string section (6 bytes at 40)"},
		{"strings far outside", func(b []byte, bo binary.ByteOrder) []byte { bo.PutUint32(b[20:], math.MaxUint32); return b }, "string section (4294967295 bytes"},
		{"no strings", func(b []byte, bo binary.ByteOrder) []byte { bo.PutUint32(b[20:], 0); return b }, "must start and end with a NUL byte"},
		{"first string not empty", func(b []byte, _ binary.ByteOrder) []byte { b[40] = 'x'; return b }, "must start and end with a NUL byte"},
		{"last string not ended", func(b []byte, _ binary.ByteOrder) []byte { b[44] = 'x'; return b }, "must start and end with a NUL byte"},
	}
	for _, o := range orders {
		for _, test := range tests {
			types, err := ParseTypes(test.spoil(good().encode(o.order), o.order), o.order)
			if types != nil || err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s, %s: %v, want '%s'", o.name, test.name, err, test.want)
			}
		}
		raw := good().encode(o.order)
		for n := range raw {
			if types, err := ParseTypes(raw[:n], o.order); types != nil || err == nil {
				t.Errorf("%s: the first %d bytes of %d are read", o.name, n, len(raw))
			}
		}
	}
}

// A header may be longer than today's, and its parts may stand apart or in another order.
func TestParseTypesLongHeader(t *testing.T) {
	b := &wire{}
	b.int("int")
	raw := b.encode(binary.LittleEndian)
	var long []byte
	long = append(long, raw[:24]...)
	long = append(long, "unknown!"...)
	long = append(long, raw[40:]...) // strings first
	long = append(long, 0xee, 0xee, 0xee)
	at := uint32(len(long)) - 32
	long = append(long, raw[24:40]...)
	bo := binary.LittleEndian
	bo.PutUint32(long[4:], 32)
	bo.PutUint32(long[8:], at)
	bo.PutUint32(long[16:], 0)
	types, err := ParseTypes(long, bo)
	if err != nil || types.Len() != 2 || types.Name(1) != "int" {
		t.Errorf("%v", err)
	}
}

func TestParseTypesErrors(t *testing.T) {
	tests := []struct {
		name  string
		build func(b *wire)
		want  string
	}{
		{"half a type", func(b *wire) { b.int("int"); b.words = append(b.words, 0, uint32(Ptr)<<24) }, "type #2 is truncated"},
		{"INT without its encoding", func(b *wire) { b.add(Int, "int", 4, 0) }, "type #1 (int) is truncated"},
		{"ARRAY without its length", func(b *wire) { b.int("int"); b.add(Array, "", 0, 0, 1, 1) }, "type #2 (array) is truncated"},
		{"STRUCT without a member", func(b *wire) { b.add(Struct, "s", 8, 2, 0, 0, 0) }, "type #1 (struct) is truncated"},
		{"most members", func(b *wire) { b.add(Struct, "s", 8, 1<<24-1, 0, 0, 0) }, "type #1 (struct) is truncated"},
		{"tag with members", func(b *wire) { b.add(DeclTag, "tag", b.int("int"), 1, 0xffffffff) }, "type #2, a declaration tag, has 1 members"},
		{"void", func(b *wire) { b.int("int"); b.add(Void, "", 0, 0) }, "type #2 has unknown kind 0"},
		{"unknown kind", func(b *wire) { b.add(kindEnd, "", 0, 0) }, "type #1 has unknown kind 20"},
		{"last kind", func(b *wire) { b.add(127, "", 0, 0) }, "type #1 has unknown kind 127"},
		{"type name", func(b *wire) { b.int("int"); b.words[0] = 5 }, "type #1: string offset 0x5 is outside the string section"},
		{"member name", func(b *wire) { b.add(Struct, "s", 8, 1, 99, 0, 0) }, "type #1: string offset 0x63 is outside"},
		{"enumerator name", func(b *wire) { b.add(Enum, "e", 4, 1, 1<<31, 0) }, "type #1: string offset 0x80000000 is outside"},
		{"pointer target", func(b *wire) { b.ref(Ptr, 2) }, "type #1: refers to type #2 of 1"},
		{"huge target", func(b *wire) { b.ref(Const, math.MaxUint32) }, "type #1: refers to type #4294967295 of 1"},
		{"member type", func(b *wire) { b.structOf("s", 2) }, "type #1: refers to type #2 of 1"},
		{"parameter type", func(b *wire) { b.proto(0, 9) }, "type #1: refers to type #9 of 1"},
		{"element type", func(b *wire) { b.int("int"); b.array(3, 1, 4) }, "type #2: refers to type #3 of 2"},
		{"index type", func(b *wire) { b.int("int"); b.array(1, 3, 4) }, "type #2: refers to type #3 of 2"},
		{"section member", func(b *wire) { b.add(Datasec, "s", 8, 1, 7, 0, 8) }, "type #1: refers to type #7 of 1"},
		{"tag target", func(b *wire) { b.add(DeclTag, "t", 2, 0, math.MaxUint32) }, "type #1: refers to type #2 of 1"},
		{"section of types", func(b *wire) { b.int("int"); b.add(Datasec, "s", 4, 1, 1, 0, 4) }, "type #2: section 's' lists a int"},
		{"section of void", func(b *wire) { b.add(Datasec, "s", 4, 1, 0, 0, 4) }, "type #1: section 's' lists a void"},
		{"function without a prototype", func(b *wire) { b.int("int"); b.add(Func, "f", 1, Global) }, "type #2: function 'f' has no prototype"},
		{"function of void", func(b *wire) { b.add(Func, "f", 0, Global) }, "type #1: function 'f' has no prototype"},
		{"linkage of a function", func(b *wire) { b.add(Func, "f", b.proto(0), 3) }, "type #2: function 'f' has unknown linkage 3"},
		{"linkage of a variable", func(b *wire) { b.add(Var, "v", b.int("int"), 0, 3) }, "type #2: variable 'v' has unknown linkage 3"},
		{"const of itself", func(b *wire) { b.ref(Const, 1) }, "type #1 (const '') contains itself"},
		{"pointer and const", func(b *wire) { b.ref(Ptr, 2); b.ref(Const, 1) }, "type #1 (pointer '') contains itself"},
		{"typedefs", func(b *wire) { b.int("int"); b.typedef("a", 4); b.typedef("b", 2); b.typedef("c", 3) }, "type #2 (typedef 'a') contains itself"},
		{"array of itself", func(b *wire) { b.int("int"); b.array(2, 1, 4) }, "type #2 (array '') contains itself"},
		{"array indexed by itself", func(b *wire) { b.int("int"); b.array(1, 2, 4) }, "type #2 (array '') contains itself"},
		{"function that takes itself", func(b *wire) { b.proto(0, 2); b.ref(Ptr, 1) }, "type #1 (function prototype '') contains itself"},
		{"function that returns itself", func(b *wire) { b.proto(1) }, "contains itself"},
		{"tag on itself", func(b *wire) { b.add(DeclTag, "t", 1, 0, math.MaxUint32) }, "type #1: declaration tag refers to a declaration tag"},
		{"variable of itself", func(b *wire) { b.add(Var, "v", 1, 0, Static) }, "type #1: variable refers to a variable"},
		{"pointer to a function", func(b *wire) { b.ref(Ptr, b.add(Func, "f", b.proto(0), Global)) }, "type #3: pointer refers to a function"},
		{"member that is a section", func(b *wire) { b.structOf("s", b.add(Datasec, "d", 0, 0)) }, "type #2: struct refers to a data section"},
	}
	for _, o := range orders {
		for _, test := range tests {
			b := &wire{}
			test.build(b)
			types, err := ParseTypes(b.encode(o.order), o.order)
			if types != nil || err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s, %s: %v, want '%s'", o.name, test.name, err, test.want)
			}
		}
	}
}

// Types may contain themselves through a struct or union, and may be nested deep.
func TestParseTypesLoops(t *testing.T) {
	tests := map[string]func(b *wire){
		"list":               func(b *wire) { b.ref(Ptr, 2); b.structOf("node", 1) },
		"typedef of a list":  func(b *wire) { b.typedef("node", 3); b.ref(Ptr, 1); b.structOf("", 2) },
		"two structs":        func(b *wire) { b.structOf("a", 3); b.structOf("b", 4); b.ref(Ptr, 2); b.ref(Ptr, 1) },
		"operations":         func(b *wire) { b.structOf("ops", 3); b.ref(Ptr, 1); b.ref(Ptr, 4); b.proto(0, 2) },
		"union with a const": func(b *wire) { b.add(Union, "u", 8, 1, 0, 2, 0); b.ref(Const, 3); b.ref(Ptr, 1) },
		"void everywhere":    func(b *wire) { b.ref(Ptr, 0); b.ref(Const, 0); b.proto(0, 0); b.typedef("t", 0) },
		"100,000 parameters": func(b *wire) { b.proto(0, make([]uint32, 100_000)...) }, // each must be visited once only
		"100,000 pointers": func(b *wire) {
			for i := range uint32(100_000) {
				b.ref(Ptr, i)
			}
		},
	}
	for name, build := range tests {
		b := &wire{}
		build(b)
		types := b.types(t)
		last := types.Len() - 1
		if text := types.C(last); text == "" || len(text) > 10*maxText {
			t.Errorf("%s: %d bytes of text", name, len(text))
		}
		_ = Agree(types, last, types, last)
		_, _ = types.SizeOf(last)
	}
}

// What cilium/ebpf writes is read as it says.
func TestIndependentWriter(t *testing.T) {
	long := &btf.Int{Name: "long", Size: 8, Encoding: btf.Signed}
	color := &btf.Enum{Name: "color", Size: 4, Signed: true, Values: []btf.EnumValue{{Name: "RED"}, {Name: "GREEN", Value: 1}}}
	node := &btf.Struct{Name: "node", Size: 24}
	node.Members = []btf.Member{{Name: "next", Type: &btf.Pointer{Target: node}}, {Name: "value", Type: long, Offset: 64}, {Name: "color", Type: color, Offset: 128}}
	all := []btf.Type{
		long, color, node,
		&btf.Enum{Name: "big", Size: 8, Values: []btf.EnumValue{{Name: "BIG", Value: 1 << 40}}},
		&btf.Fwd{Name: "other", Kind: btf.FwdUnion},
		&btf.Float{Name: "double", Size: 8},
		&btf.Array{Type: long, Index: long, Nelems: 6},
		&btf.Typedef{Name: "node_t", Type: &btf.Const{Type: node}},
		&btf.Func{Name: "f", Linkage: btf.GlobalFunc, Type: &btf.FuncProto{Return: long, Params: []btf.FuncParam{{Name: "n", Type: &btf.Pointer{Target: node}}}}},
		&btf.Datasec{Name: ".data", Size: 8, Vars: []btf.VarSecinfo{{Type: &btf.Var{Name: "v", Type: long, Linkage: btf.GlobalVar}, Offset: 0, Size: 8}}},
	}
	want := []string{
		"int 'long': long, size 8 true, signed true, 0 elements",
		"enum 'color': enum color, size 4 true, signed true, 2 elements",
		"struct 'node': struct node, size 24 true, signed false, 3 elements",
		"enum64 'big': enum big, size 8 true, signed false, 1 elements",
		"forward declaration 'other': union other, size 0 false, signed false, 0 elements",
		"float 'double': double, size 8 true, signed false, 0 elements",
		"array '': long [6], size 48 true, signed false, 0 elements",
		"typedef 'node_t': node_t, size 24 true, signed false, 0 elements",
		"function 'f': long f(struct node *n), size 0 false, signed false, 0 elements",
		"data section '.data': .data, size 8 true, signed false, 1 elements",
	}
	for _, o := range orders {
		spec, err := btf.NewBuilder(nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		var ids []uint32
		for _, typ := range all {
			id, err := spec.Add(typ)
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, uint32(id))
		}
		raw, err := spec.Marshal(nil, &btf.MarshalOptions{Order: o.order})
		if err != nil {
			t.Fatal(err)
		}
		types, err := ParseTypes(raw, o.order)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, id := range ids {
			size, ok := types.SizeOf(id)
			got = append(got, fmt.Sprintf("%s '%s': %s, size %d %t, signed %t, %d elements", types.Kind(id), types.Name(id), types.C(id), size, ok, types.Signed(id), types.Vlen(id)))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", o.name, diff)
		}
		e := types.Element(ids[2], 2)
		if e.Name != "color" || e.Type != ids[1] || e.Offset != 128 {
			t.Errorf("%s: member %+v", o.name, e)
		}
		if e := types.Element(ids[9], 0); types.Name(e.Type) != "v" || e.Size != 8 || types.Linkage(e.Type) != Global {
			t.Errorf("%s: section member %+v", o.name, e)
		}
		if types.Linkage(ids[8]) != Global || types.Linkage(ids[0]) != Static || types.Element(ids[1], 1).Name != "GREEN" {
			t.Errorf("%s: linkage or enumerator", o.name)
		}
	}
}

func TestAccessors(t *testing.T) {
	b := &wire{}
	i := b.int("int")
	v := b.add(Var, "v", i, 0, Static)
	tag := b.add(DeclTag, "tag", v, 0, math.MaxUint32)
	on := b.add(DeclTag, "on member", b.structOf("s", i), 0, 3)
	huge := b.array(b.array(b.array(i, i, math.MaxUint32), i, math.MaxUint32), i, math.MaxUint32)
	empty := b.array(huge, i, 0)
	types := b.types(t)
	if types.Component(tag) != -1 || types.Component(on) != 3 || types.Target(tag) != v || types.Target(huge) != huge-1 || types.Target(i) != 0 {
		t.Error("tags or targets")
	}
	if size, ok := types.SizeOf(huge); ok {
		t.Errorf("an array of 2^98 bytes has size %d", size)
	}
	if size, ok := types.SizeOf(empty); ok && size != 0 {
		t.Errorf("an array of no elements has size %d", size)
	}
	if size, ok := types.SizeOf(v); !ok || size != 4 {
		t.Errorf("variable of %d bytes", size)
	}
	if types.Kind(99) != Void || types.Name(99) != "" || types.Name(0) != "" || types.Kind(0) != Void || types.Strip(99) != 99 {
		t.Error("types that there are not")
	}
	if s, ok := types.String(1); !ok || s != "int" {
		t.Errorf("string '%s'", s)
	}
	if _, ok := types.String(uint32(len(types.strs))); ok {
		t.Error("a string outside the section")
	}
	if Kind(77).String() != "kind 77" || Enum64.String() != "enum64" {
		t.Error("names of kinds")
	}
}

// fixture returns a section of an object that clang made; see notes/testdata/probes.c.
func fixture(t testing.TB, order, section string) []byte {
	t.Helper()
	suffix := map[string]string{"little": "el", "big": "eb"}[order]
	packed, err := os.ReadFile("../notes/testdata/probes." + suffix + ".o.zst")
	if err != nil {
		t.Fatal(err)
	}
	data, err := object.Decompress(packed)
	if err != nil {
		t.Fatal(err)
	}
	o, err := object.Parse("probes.o", data)
	if err != nil {
		t.Fatal(err)
	}
	for i := range o.Sections {
		if o.Sections[i].Name == section {
			return o.Sections[i].Data
		}
	}
	t.Fatalf("no section '%s'", section)
	return nil
}

// orderOf is the byte order that the magic of a section is in.
func orderOf(data []byte) binary.ByteOrder {
	if bytes.HasPrefix(data, []byte{0xeb, 0x9f}) {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

func FuzzTypes(f *testing.F) {
	for _, o := range orders {
		b := &wire{}
		i := b.int("int")
		s := b.structOf("s", i, b.ref(Ptr, i), b.array(i, i, 3))
		f.Add(b.encode(o.order))
		b.add(Func, "f", b.proto(i, s, b.ref(Ptr, b.add(Fwd, "g", 0, 0))), Global)
		b.add(DeclTag, "tag", s, 0, 1)
		b.add(Datasec, ".data", 4, 1, b.add(Var, "v", i, 0, Global), 0, 4)
		b.add(Enum64, "e", 8, 1, 0, 1, 2)
		f.Add(b.encode(o.order))
		f.Add(fixture(f, o.name, ".BTF"))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		types, err := ParseTypes(data, orderOf(data))
		if (types == nil) == (err == nil) {
			t.Fatalf("types %v, error %v", types, err)
		}
		if err != nil {
			return
		}
		for id := range min(types.Len(), 500) {
			if err := useType(types, id); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// useType calls everything that reads a type.
func useType(types *Types, id uint32) error {
	if text := types.C(id); len(text) > 1<<20 {
		return fmt.Errorf("%d bytes of text", len(text))
	}
	_, _ = types.SizeOf(id)
	_, _, _ = types.Signed(id), types.Linkage(id), types.Target(id)
	for i := range types.Vlen(id) {
		if e := types.Element(id, i); e.Type >= types.Len() {
			return fmt.Errorf("element %+v", e)
		}
	}
	if types.Kind(id) == FuncProto {
		_, _ = types.Signature(id), types.Completeness(id)
	}
	_ = Agree(types, id, types, types.Strip(id))
	if m := Compatible(types, id, types, id); m != nil {
		_ = m.Path + m.A + m.B
	}
	return nil
}

// Names have a limit, also those that start within a long string; lines of source code have none, unless they overlap.
func TestLongNames(t *testing.T) {
	for _, test := range []struct {
		before, size int
		ok           bool
	}{{0, maxName, true}, {0, maxName + 1, false}, {100, maxName, true}, {100, maxName + 1, false}, {3 * maxName, maxName, true}, {5 * maxName, 3 * maxName, false}} {
		var b wire
		for range test.before / 100 {
			b.str(strings.Repeat("x", 99))
		}
		b.add(Int, strings.Repeat("n", test.size), 4, 0, 32)
		if _, err := b.parse(); (err == nil) != test.ok {
			t.Errorf("a name of %d bytes behind %d: %v", test.size, test.before, err)
		}
	}
	long := strings.Repeat("s", 20_000)
	for _, overlap := range []bool{false, true} {
		x := newExtTypes()
		text := x.str(long)
		part := []uint32{16, x.text, 10}
		for i := range uint32(10) {
			off := text
			if overlap {
				off += i
			}
			part = append(part, 8*i, x.file, off, i<<10)
		}
		types := x.types(t)
		_, err := ParseExt((&extWire{LineInfo: part}).encode(binary.LittleEndian), binary.LittleEndian, types, nil)
		if (err != nil) != overlap {
			t.Errorf("lines overlap: %v; error %v", overlap, err)
		}
	}
}
