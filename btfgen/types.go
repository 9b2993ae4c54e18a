// Package btfgen reads, merges and writes BTF: the .BTF and .BTF.ext sections of BPF
// objects. It works on the wire format, as words with type ids and string offsets in
// them, because a link touches every type of every input and keeps few of them.
//
// The formats are defined in Documentation/bpf/btf.rst of the kernel. All fields are 32-bit
// words in the object's byte order, except for strings.
//
// Begin with [ParseTypes] and [ParseExt] to read, with a [Merger] to make one of many, and with a [Builder] to make BTF
// from nothing. For programs that load BPF and want types as Go values, github.com/cilium/ebpf/btf is the better choice.
package btfgen

import (
	"fmt"
	"strings"

	"github.com/bpfsdt/bpf-sdt-link/internal/intern"
)

// Kind is a BTF kind, BTF_KIND_*.
type Kind uint32

// The kinds of BTF.
const (
	Void Kind = iota
	Int
	Ptr
	Array
	Struct
	Union
	Enum
	Fwd
	Typedef
	Volatile
	Const
	Restrict
	Func
	FuncProto
	Var
	Datasec
	Float
	DeclTag
	TypeTag
	Enum64
	kindEnd
)

var kindNames = [kindEnd]string{"void", "int", "pointer", "array", "struct", "union", "enum", "forward declaration", "typedef",
	"volatile", "const", "restrict", "function", "function prototype", "variable", "data section", "float", "declaration tag", "type tag", "enum64"}

// String returns the kind in words.
func (k Kind) String() string {
	if k < kindEnd {
		return kindNames[k]
	}
	return fmt.Sprintf("kind %d", uint32(k))
}

// Linkages of a VAR or FUNC.
const (
	Static = 0
	Global = 1
	Extern = 2
)

// Where the fields of a type stand. A type is three words (name, info, size or type), some
// extra words, and vlen elements of stride words. Positions are in words; none is -1.
type layout struct {
	extra, stride      int
	headRef            bool // word 2 is a type id
	elemName, elemType int
}

const none = -1

var layouts = [kindEnd]layout{
	Int:       {extra: 1, elemName: none, elemType: none},
	Ptr:       {headRef: true, elemName: none, elemType: none},
	Array:     {extra: 3, elemName: none, elemType: none}, // words 3 and 4 are type ids too
	Struct:    {stride: 3, elemName: 0, elemType: 1},
	Union:     {stride: 3, elemName: 0, elemType: 1},
	Enum:      {stride: 2, elemName: 0, elemType: none},
	Fwd:       {elemName: none, elemType: none},
	Typedef:   {headRef: true, elemName: none, elemType: none},
	Volatile:  {headRef: true, elemName: none, elemType: none},
	Const:     {headRef: true, elemName: none, elemType: none},
	Restrict:  {headRef: true, elemName: none, elemType: none},
	Func:      {headRef: true, elemName: none, elemType: none}, // vlen is the linkage
	FuncProto: {headRef: true, stride: 2, elemName: 0, elemType: 1},
	Var:       {headRef: true, extra: 1, elemName: none, elemType: none},
	Datasec:   {stride: 3, elemName: none, elemType: 0},
	Float:     {elemName: none, elemType: none},
	DeclTag:   {headRef: true, extra: 1, elemName: none, elemType: none},
	TypeTag:   {headRef: true, elemName: none, elemType: none},
	Enum64:    {stride: 3, elemName: 0, elemType: none},
}

// Words 0 to 2 of every type.
const (
	wName = 0
	wInfo = 1
	wType = 2 // or size
	wHead = 3 // number of them
)

func infoKind(info uint32) Kind   { return Kind(info >> 24 & 0x7f) }
func infoVlen(info uint32) uint32 { return info & 0xffffff }
func infoFlag(info uint32) bool   { return info>>31 != 0 }

func makeInfo(k Kind, vlen uint32) uint32 { return uint32(k)<<24 | vlen }

// eachRef calls fn with the position of every type id in a type's words.
func eachRef(w []uint32, fn func(pos int)) {
	k := infoKind(w[wInfo])
	l := &layouts[k]
	if l.headRef {
		fn(wType)
	}
	if k == Array {
		fn(3)
		fn(4)
	}
	if l.elemType != none && l.stride > 0 {
		for p := wHead + l.extra; p < len(w); p += l.stride {
			fn(p + l.elemType)
		}
	}
}

// nextRef returns the position of the first type id at or after position at in a type's words, or len(w).
func nextRef(w []uint32, at int) int {
	k := infoKind(w[wInfo])
	l := &layouts[k]
	switch {
	case at <= wType && l.headRef:
		return wType
	case k == Array:
		if at < 3 {
			return 3
		}
		if at < 5 {
			return at
		}
	case l.elemType >= 0 && l.stride > 0:
		first := wHead + l.extra + l.elemType
		if at <= first {
			return min(first, len(w))
		}
		n := (at - first + l.stride - 1) / l.stride
		return min(first+n*l.stride, len(w))
	}
	return len(w)
}

// eachName calls fn with the position of every string offset in a type's words.
func eachName(w []uint32, fn func(pos int)) {
	fn(wName)
	l := &layouts[infoKind(w[wInfo])]
	if l.elemName != none && l.stride > 0 {
		for p := wHead + l.extra; p < len(w); p += l.stride {
			fn(p + l.elemName)
		}
	}
}

// Types is the contents of one .BTF section. Type ids are 1 to Len()-1; 0 is void.
type Types struct {
	words []uint32      // of all types, without the header
	start []uint32      // start[id] is the first word of type id, start[Len()] the end
	strs  string        // the string section
	long  bool          // there are strings of more than maxName bytes
	names *intern.Table // not nil in the types of a Merger, which have numbers of strings for offsets in strs
	index Index
}

// Index has the ids of the types of some kinds, each in ascending order.
type Index struct {
	Decls    []uint32 // VAR and FUNC
	Tags     []uint32 // DECL_TAG
	Datasecs []uint32
}

// at returns the words of a type; id must not be 0.
func (t *Types) at(id uint32) []uint32 { return t.words[t.start[id]:t.start[id+1]] }

// Index returns the ids of declarations, tags and sections.
func (t *Types) Index() Index { return t.index }

// Len is the number of types, void included.
func (t *Types) Len() uint32 { return uint32(len(t.start) - 1) }

// Kind returns the kind of a type; an id that there is not has kind Void.
func (t *Types) Kind(id uint32) Kind {
	if id == 0 || id >= t.Len() {
		return Void
	}
	return infoKind(t.words[t.start[id]+wInfo])
}

// Name returns the name of a type, "" if it has none.
func (t *Types) Name(id uint32) string {
	if id == 0 || id >= t.Len() {
		return ""
	}
	return t.str(t.words[t.start[id]+wName])
}

// NameNumber returns the number that a Merger has given the name of one of its types, 0 if it has none.
func (t *Types) NameNumber(id uint32) uint32 { return t.at(id)[wName] }

// String returns the string at an offset of the string section.
func (t *Types) String(off uint32) (string, bool) {
	size := len(t.strs)
	if t.names != nil {
		size = t.names.Len()
	}
	if uint64(off) >= uint64(size) {
		return "", false
	}
	return t.str(off), true
}

func (t *Types) str(off uint32) string {
	if t.names != nil {
		return t.names.At(off)
	}
	s := t.strs[off:]
	return s[:strings.IndexByte(s, 0)] // the section ends with a NUL
}

// Target returns the type that a pointer, typedef, modifier, tag, VAR or FUNC refers to, or a
// FUNC_PROTO's return type or an array's element type; 0 for the kinds that refer to none.
func (t *Types) Target(id uint32) uint32 {
	switch k := t.Kind(id); {
	case k == Array:
		return t.at(id)[3]
	case layouts[k].headRef:
		return t.at(id)[wType]
	}
	return 0
}

// Vlen returns the number of members, enumerators or parameters.
func (t *Types) Vlen(id uint32) int {
	if layouts[t.Kind(id)].stride == 0 {
		return 0
	}
	return int(infoVlen(t.at(id)[wInfo]))
}

// Linkage returns the linkage of a VAR or FUNC.
func (t *Types) Linkage(id uint32) uint32 {
	switch t.Kind(id) {
	case Func:
		return infoVlen(t.at(id)[wInfo])
	case Var:
		return t.at(id)[wHead]
	}
	return Static
}

// Element is a struct or union member, an enumerator, a parameter or a DATASEC entry.
type Element struct {
	Name   string
	Type   uint32
	Offset uint32 // member: raw offset word; DATASEC entry: bytes
	Size   uint32 // DATASEC entry: bytes
}

// Element returns element i of a type that has elements; i must be below Vlen.
func (t *Types) Element(id uint32, i int) Element {
	w := t.at(id)
	k := infoKind(w[wInfo])
	l := &layouts[k]
	e := w[wHead+l.extra+i*l.stride:][:l.stride]
	var el Element
	if l.elemName != none {
		el.Name = t.str(e[l.elemName])
	}
	if l.elemType != none {
		el.Type = e[l.elemType]
	}
	switch k {
	case Struct, Union:
		el.Offset = e[2]
	case Datasec:
		el.Offset, el.Size = e[1], e[2]
	}
	return el
}

// Component returns the member or parameter that a DECL_TAG stands at, -1 for the whole.
func (t *Types) Component(id uint32) int32 { return int32(t.at(id)[wHead]) }

// Strip follows typedefs, const, volatile, restrict and type tags.
func (t *Types) Strip(id uint32) uint32 {
	for {
		switch t.Kind(id) {
		case Typedef, Const, Volatile, Restrict, TypeTag:
			id = t.at(id)[wType]
		default:
			return id
		}
	}
}

// SizeOf returns the size of a type in bytes. It fails for what has none: void, functions and
// forward declarations.
func (t *Types) SizeOf(id uint32) (uint64, bool) {
	n := uint64(1)
	for {
		id = t.Strip(id)
		switch t.Kind(id) {
		case Ptr:
			return mulSize(n, 8)
		case Int, Struct, Union, Enum, Enum64, Float, Datasec:
			return mulSize(n, uint64(t.at(id)[wType]))
		case Var:
			id = t.at(id)[wType]
		case Array:
			var ok bool
			if n, ok = mulSize(n, uint64(t.at(id)[5])); !ok {
				return 0, false
			}
			id = t.at(id)[3]
		default:
			return 0, false
		}
	}
}

func mulSize(a, b uint64) (uint64, bool) {
	if b != 0 && a > 1<<62/b {
		return 0, false
	}
	return a * b, true
}

// Signed reports whether an integer or enum type is signed.
func (t *Types) Signed(id uint32) bool {
	id = t.Strip(id)
	switch t.Kind(id) {
	case Int:
		return t.at(id)[wHead]>>24&1 != 0
	case Enum:
		// clang 14 does not set the flag, which came with ENUM64.
		w := t.at(id)
		for p := wHead; p < len(w); p += 2 {
			if int32(w[p+1]) < 0 && w[wType] <= 4 {
				return true
			}
		}
		return infoFlag(w[wInfo])
	case Enum64:
		return infoFlag(t.at(id)[wInfo])
	}
	return false
}
