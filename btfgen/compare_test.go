package btfgen

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// side builds one type of a comparison.
type side func(b *wire) uint32

// Types that the tables below share.
func theInt(b *wire) uint32     { return b.int("int") }
func anUnsigned(b *wire) uint32 { return b.add(Int, "unsigned int", 4, 0, 32) }
func aLong(b *wire) uint32      { return b.add(Int, "long", 8, 0, 1<<24|64) }
func aBool(b *wire) uint32      { return b.add(Int, "_Bool", 1, 0, 4<<24|8) }
func aByte(b *wire) uint32      { return b.add(Int, "unsigned char", 1, 0, 8) }
func theVoid(*wire) uint32      { return 0 }

func pointer(to side) side { return func(b *wire) uint32 { return b.ref(Ptr, to(b)) } }
func aConst(of side) side  { return func(b *wire) uint32 { return b.ref(Const, of(b)) } }
func typedefOf(name string, of side) side {
	return func(b *wire) uint32 { return b.typedef(name, of(b)) }
}
func tagged(of side) side { return func(b *wire) uint32 { return b.add(TypeTag, "user", of(b), 0) } }
func arrayOf(n uint32, of side) side {
	return func(b *wire) uint32 { return b.array(of(b), b.int("index"), n) }
}
func fwd(name string) side      { return func(b *wire) uint32 { return b.add(Fwd, name, 0, 0) } }
func fwdUnion(name string) side { return func(b *wire) uint32 { return b.union(name) } }

// structure has members m0, m1, ... at every 64 bits.
func structure(name string, members ...side) side {
	return sized(Struct, name, 8*len(members), members...)
}

func sized(k Kind, name string, size int, members ...side) side {
	return func(b *wire) uint32 {
		var ids []uint32
		for _, m := range members {
			ids = append(ids, m(b))
		}
		id := b.structOf(name, ids...)
		at := len(b.words) - 3*len(ids) - 2
		b.words[at], b.words[at+1] = makeInfo(k, uint32(len(ids))), uint32(size)
		return id
	}
}

func enum(k Kind, name string, size uint32, signed bool, values ...string) side {
	return func(b *wire) uint32 {
		var rest []uint32
		for i, v := range values {
			rest = append(rest, b.str(v), uint32(i))
			if k == Enum64 {
				rest = append(rest, 0)
			}
		}
		id := b.add(k, name, size, len(values), rest...)
		if signed {
			b.words[len(b.words)-len(rest)-2] |= 1 << 31
		}
		return id
	}
}

func function(ret side, params ...side) side {
	return func(b *wire) uint32 {
		r := ret(b)
		var ids []uint32
		for _, p := range params {
			ids = append(ids, p(b))
		}
		return b.proto(r, ids...)
	}
}

// aList is a struct that points to itself, with a value of the given type.
func aList(value side) side {
	return func(b *wire) uint32 {
		v := value(b)
		to := b.ref(Ptr, b.n+2) // the struct comes next
		return b.structOf("list", to, v)
	}
}

// anOuter has a member of an anonymous struct.
func anOuter(member side) side { return structure("outer", structure("", member)) }

func build(t *testing.T, s side) (*Types, uint32) {
	t.Helper()
	b := &wire{}
	b.int("something") // so that ids of both sides differ
	id := s(b)
	return b.types(t), id
}

// Two declarations of a probe agree when each argument has the same kind, size and signedness after typedefs, qualifiers
// and type tags are stripped; pointers when their targets agree, named structs by name, a forward
// declaration with its full type.
func TestAgree(t *testing.T) {
	s := structure("s", theInt)
	tests := []struct {
		name string
		a, b side
		want bool
	}{
		{"the same", theInt, theInt, true},
		{"typedef, const and tag", typedefOf("t", aConst(tagged(theInt))), theInt, true},
		{"names of integers", theInt, func(b *wire) uint32 { return b.int("pid_t") }, true},
		{"signedness", theInt, anUnsigned, false},
		{"size", theInt, aLong, false},
		{"bool and byte", aBool, aByte, true},
		{"integer and pointer", aLong, pointer(theVoid), false},
		{"integer and enum", anUnsigned, enum(Enum, "e", 4, false, "A"), false},
		{"enumerators", enum(Enum, "e", 4, false, "A"), enum(Enum, "f", 4, false, "A", "B"), true},
		{"signedness of enums", enum(Enum, "e", 4, false, "A"), enum(Enum, "e", 4, true, "A"), false},
		{"size of enums", enum(Enum, "e", 4, false, "A"), enum(Enum, "e", 1, false, "A"), false},
		{"enum and enum64, as clang 14 and later ones have it", enum(Enum, "e", 8, false, "A"), enum(Enum64, "e", 8, true, "A"), true},
		{"enum and enum64 of other sizes", enum(Enum, "e", 4, false, "A"), enum(Enum64, "e", 8, false, "A"), false},
		{"pointer to a declared enum", pointer(enum(Enum, "e", 0, false)), pointer(enum(Enum, "e", 4, false, "A")), true},
		{"pointer to another declared enum", pointer(enum(Enum, "f", 0, false)), pointer(enum(Enum, "e", 4, false, "A")), false},
		{"floats", func(b *wire) uint32 { return b.add(Float, "double", 8, 0) }, func(b *wire) uint32 { return b.add(Float, "float", 4, 0) }, false},
		{"pointers", pointer(theInt), pointer(typedefOf("t", theInt)), true},
		{"pointers to others", pointer(theInt), pointer(aLong), false},
		{"pointer to const", pointer(aConst(s)), pointer(s), true},
		{"void pointer", pointer(theVoid), pointer(theInt), false},
		{"void pointers", pointer(theVoid), pointer(aConst(theVoid)), true},
		{"struct pointers by name", pointer(s), pointer(structure("s", aLong, aLong)), true},
		{"struct pointers of other names", pointer(s), pointer(structure("t", theInt)), false},
		{"struct and union", pointer(s), pointer(sized(Union, "s", 8, theInt)), false},
		{"structs by value", s, structure("s", theInt), true},
		{"structs by value, of other sizes", s, sized(Struct, "s", 4, theInt), false},
		{"structs by value, of other members", s, structure("s", aBool), true}, // by name
		{"forward declaration", pointer(s), pointer(fwd("s")), true},
		{"forward declaration, the other way", pointer(fwd("s")), pointer(s), true},
		{"forward declarations", pointer(fwd("s")), pointer(fwd("s")), true},
		{"forward declaration of another", pointer(fwd("t")), pointer(s), false},
		{"forward declaration of a union", pointer(fwdUnion("s")), pointer(s), false},
		{"anonymous structs", pointer(structure("", theInt)), pointer(structure("", theInt)), true},
		{"anonymous structs that differ", pointer(structure("", theInt)), pointer(structure("", aBool)), false},
		{"anonymous structs of more members", pointer(sized(Struct, "", 16, theInt)), pointer(structure("", theInt, theInt)), false},
		{"anonymous structs of other sizes", pointer(sized(Struct, "", 16, theInt)), pointer(structure("", theInt)), false},
		{"anonymous and named", pointer(structure("", theInt)), pointer(s), false},
		{"pointers to arrays", pointer(arrayOf(4, theInt)), pointer(arrayOf(4, theInt)), true},
		{"pointers to arrays of other lengths", pointer(arrayOf(4, theInt)), pointer(arrayOf(5, theInt)), false},
		{"pointers to arrays of others", pointer(arrayOf(4, theInt)), pointer(arrayOf(4, aLong)), false},
		{"functions", pointer(function(theVoid, theInt)), pointer(function(theVoid, theInt)), true},
		{"functions that take others", pointer(function(theVoid, theInt)), pointer(function(theVoid, aLong)), false},
		{"functions that take more", pointer(function(theVoid, theInt)), pointer(function(theVoid, theInt, theInt)), false},
		{"functions that return others", pointer(function(theVoid, theInt)), pointer(function(theInt, theInt)), false},
		{"lists", pointer(aList(theInt)), pointer(aList(theInt)), true},
		// Below a pointer the name is enough; that answer must not serve for the value behind it.
		{"a function of a pointer and a value", pointer(function(theVoid, pointer(s), s)),
			pointer(function(theVoid, pointer(sized(Struct, "s", 4, theInt)), sized(Struct, "s", 4, theInt))), false},
	}
	for _, test := range tests {
		ta, a := build(t, test.a)
		tb, b := build(t, test.b)
		if got := Agree(ta, a, tb, b); got != test.want {
			t.Errorf("%s: %s and %s: %t", test.name, ta.C(a), tb.C(b), got)
		}
		if got := Agree(tb, b, ta, a); got != test.want {
			t.Errorf("%s: %s and %s: %t", test.name, tb.C(b), ta.C(a), got)
		}
		if !Agree(ta, a, ta, a) || !Agree(tb, b, tb, b) {
			t.Errorf("%s: a type disagrees with itself", test.name)
		}
	}
	// Both sides with one struct that is met by pointer first, and by value then.
	shared := func(size int) side {
		return func(b *wire) uint32 {
			st := sized(Struct, "s", size, theInt)(b)
			return b.ref(Ptr, b.proto(0, b.ref(Ptr, st), st))
		}
	}
	ta, a := build(t, shared(8))
	tb, b := build(t, shared(4))
	if Agree(ta, a, tb, b) {
		t.Error("a struct by value is taken for the one behind the pointer")
	}
}

// What a linker binds to one another: what libbpf's linker does too, but for total sizes.
func TestCompatible(t *testing.T) {
	s := structure("s", theInt)
	bits := func(width uint32) side {
		return func(b *wire) uint32 {
			i := b.int("int")
			id := b.add(Struct, "s", 4, 1, b.str("m"), i, width<<24|3)
			b.words[len(b.words)-5] |= 1 << 31
			return id
		}
	}
	tests := []struct {
		name string
		a, b side
		want *Mismatch
	}{
		{"the same", theInt, theInt, nil},
		{"signedness", theInt, anUnsigned, nil},
		{"const and typedef", aConst(typedefOf("t", theInt)), theInt, nil},
		{"type tag", pointer(tagged(theInt)), pointer(theInt), nil},
		{"char and bool", aBool, aByte, nil},
		{"size", theInt, aLong, &Mismatch{A: "int", B: "long"}},
		{"typedefs in the text", typedefOf("u64", aLong), aConst(theInt), &Mismatch{A: "u64", B: "const int"}},
		{"enumerators", enum(Enum, "e", 4, false, "A"), enum(Enum, "e", 4, true, "A", "B"), nil},
		{"names of enums", enum(Enum, "e", 4, false, "A"), enum(Enum, "f", 4, false, "A"), &Mismatch{A: "enum e", B: "enum f"}},
		{"size of enums", enum(Enum, "e", 4, false, "A"), enum(Enum, "e", 1, false, "A"), &Mismatch{A: "enum e, enum of 4 bytes", B: "enum e, enum of 1 byte"}},
		{"enum and enum64", enum(Enum, "e", 8, false, "A"), enum(Enum64, "e", 8, false, "A"), &Mismatch{A: "enum e, enum of 8 bytes", B: "enum e, enum64 of 8 bytes"}},
		{"enum and integer", enum(Enum, "e", 4, false, "A"), anUnsigned, &Mismatch{A: "enum e", B: "unsigned int"}},
		{"array lengths", arrayOf(4, theInt), arrayOf(0, theInt), nil},
		{"array elements", arrayOf(4, theInt), arrayOf(4, aLong), &Mismatch{A: "int", B: "long"}},
		{"array of arrays", arrayOf(2, arrayOf(4, theInt)), arrayOf(8, theInt), &Mismatch{A: "int [4]", B: "int"}},
		{"struct pointers by name", pointer(s), pointer(structure("s", aLong, aLong)), nil},
		{"struct pointers of other names", pointer(s), pointer(structure("t", theInt)), &Mismatch{A: "struct s", B: "struct t"}},
		{"forward declaration behind a pointer", pointer(s), pointer(fwd("s")), nil},
		{"forward declaration of a union", pointer(s), pointer(fwdUnion("s")), &Mismatch{A: "struct s", B: "union s"}},
		{"forward declaration by value", s, fwd("s"), &Mismatch{A: "struct s, struct of 8 bytes", B: "struct s, forward declaration"}},
		{"forward declarations by value", fwd("s"), fwd("s"), nil},
		{"forward declarations of others", fwd("s"), fwd("t"), &Mismatch{A: "struct s", B: "struct t"}},
		{"forward declarations of a struct and a union", fwd("s"), fwdUnion("s"), &Mismatch{A: "struct s", B: "union s"}},
		{"void pointer", pointer(theVoid), pointer(s), &Mismatch{A: "void", B: "struct s"}},
		{"int and long pointer", pointer(theInt), pointer(aLong), &Mismatch{A: "int", B: "long"}},
		{"structs", s, structure("s", anUnsigned), nil},
		{"struct names", s, structure("t", theInt), &Mismatch{A: "struct s", B: "struct t"}},
		{"total size", s, sized(Struct, "s", 16, theInt), &Mismatch{A: "struct s of 8 bytes", B: "struct s of 16 bytes"}},
		{"member count", sized(Struct, "s", 16, theInt), structure("s", theInt, theInt), &Mismatch{A: "struct s with 1 member", B: "struct s with 2 members"}},
		{"member type", anOuter(theInt), anOuter(aLong), &Mismatch{Path: "member 'm0', member 'm0'", A: "int", B: "long"}},
		{"anonymous members", anOuter(theInt), anOuter(anUnsigned), nil},
		{"bitfield width", bits(3), bits(5), &Mismatch{Path: "member 'm'", A: "3 bits at bit 3", B: "5 bits at bit 3"}},
		{"struct and union by value", s, sized(Union, "s", 8, theInt), &Mismatch{A: "struct s", B: "union s"}},
		{"lists", aList(theInt), aList(theInt), nil},
		{"lists of others", aList(theInt), aList(aLong), &Mismatch{Path: "member 'm1'", A: "int", B: "long"}},
		{"functions", function(theInt, theInt), function(anUnsigned, anUnsigned), nil},
		{"parameters", function(theInt, theInt, theInt), function(theInt, theInt, aLong), &Mismatch{Path: "parameter 2", A: "int", B: "long"}},
		{"parameter count", function(theInt), function(theInt, aLong), &Mismatch{A: "0 parameters", B: "1 parameter"}},
		{"return type", function(theInt), function(aLong), &Mismatch{Path: "return type", A: "int", B: "long"}},
		{"void and int", function(theVoid), function(theInt), &Mismatch{Path: "return type", A: "void", B: "int"}},
		{"parameter of a parameter", function(theVoid, pointer(function(theInt, theInt))), function(theVoid, pointer(function(theInt, aLong))),
			&Mismatch{Path: "parameter 1, parameter 1", A: "int", B: "long"}},
		{"struct by value behind a function pointer", pointer(function(theVoid, s)), pointer(function(theVoid, structure("s", aLong, aLong))), nil},
	}
	variable := func(of side) side {
		return func(b *wire) uint32 { return b.add(Var, "v", of(b), 0, Global) }
	}
	for _, test := range tests {
		ta, a := build(t, variable(test.a))
		tb, b := build(t, variable(test.b))
		if diff := cmp.Diff(test.want, Compatible(ta, a, tb, b)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
		other := Compatible(tb, b, ta, a)
		if test.want != nil && other != nil {
			other.A, other.B = other.B, other.A
		}
		if diff := cmp.Diff(test.want, other); diff != "" {
			t.Errorf("%s, the other way around (-want +got):\n%s", test.name, diff)
		}
		if m := Compatible(ta, a, ta, a); m != nil {
			t.Errorf("%s: a type is not compatible with itself: %+v", test.name, m)
		}
	}
}

func TestCompatibleKinds(t *testing.T) {
	ta, a := build(t, func(b *wire) uint32 { return b.add(Var, "x", b.int("int"), 0, Global) })
	tb, b := build(t, func(b *wire) uint32 { return b.add(Func, "x", b.proto(0), Global) })
	want := &Mismatch{A: "a variable", B: "a function"}
	if diff := cmp.Diff(want, Compatible(ta, a, tb, b)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if m := Compatible(tb, b, tb, b); m != nil {
		t.Errorf("%+v", m)
	}
}

// Members that are named or placed differently; sides are built by hand.
func TestCompatibleMembers(t *testing.T) {
	st := func(name string, bit uint32) side {
		return func(b *wire) uint32 {
			i := b.int("int")
			return b.add(Var, "v", b.add(Struct, "s", 16, 1, b.str(name), i, bit), 0, Global)
		}
	}
	tests := []struct {
		a, b side
		want *Mismatch
	}{
		{st("m", 0), st("n", 0), &Mismatch{A: "member 'm'", B: "member 'n'"}},
		{st("m", 0), st("m", 64), &Mismatch{Path: "member 'm'", A: "bit 0", B: "bit 64"}},
	}
	for _, test := range tests {
		ta, a := build(t, test.a)
		tb, b := build(t, test.b)
		if diff := cmp.Diff(test.want, Compatible(ta, a, tb, b)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

// Types nested deeper than is followed are different, not a stack overflow.
func TestCompareDepth(t *testing.T) {
	deep := func(b *wire) uint32 {
		id := b.int("int")
		for range 3 * maxDepth {
			id = b.ref(Ptr, id)
		}
		return b.add(Var, "v", id, 0, Global)
	}
	ta, a := build(t, deep)
	tb, b := build(t, deep)
	if Agree(ta, ta.Target(a), tb, tb.Target(b)) {
		t.Error("agree")
	}
	if Compatible(ta, a, tb, b) == nil {
		t.Error("compatible")
	}
}

func TestCompleteness(t *testing.T) {
	tests := []struct {
		proto side
		want  int
	}{
		{function(theVoid), 0},
		{function(theVoid, theInt, pointer(structure("s", theInt))), 2},
		{function(theVoid, theInt, pointer(fwd("s"))), 1},
		{function(theVoid, pointer(pointer(aConst(fwd("s")))), pointer(theVoid)), 1},
	}
	for _, test := range tests {
		types, id := build(t, test.proto)
		if got := types.Completeness(id); got != test.want {
			t.Errorf("%s: %d, want %d", types.C(id), got, test.want)
		}
	}
}
