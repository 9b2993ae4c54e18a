package btfgen

import (
	"encoding/binary"
)

// Builder makes the .BTF and .BTF.ext of a small object from nothing. Type ids are those that its methods return.
type Builder struct {
	order  binary.ByteOrder
	words  []uint32
	n      uint32 // types so far
	strs   []byte
	strAt  map[string]uint32
	copies map[copyOf]uint32
}

type copyOf struct {
	types *Types
	id    uint32
}

// NewBuilder returns a builder for the given byte order.
func NewBuilder(order binary.ByteOrder) *Builder {
	return &Builder{order: order, strs: []byte{0}, strAt: map[string]uint32{"": 0}, copies: map[copyOf]uint32{}}
}

func (b *Builder) str(s string) uint32 {
	if off, ok := b.strAt[s]; ok {
		return off
	}
	off := uint32(len(b.strs))
	b.strs = append(append(b.strs, s...), 0)
	b.strAt[s] = off
	return off
}

func (b *Builder) add(name string, info uint32, rest ...uint32) uint32 {
	b.words = append(append(b.words, b.str(name), info), rest...)
	b.n++
	return b.n
}

// Encodings of an INT.
const (
	Signed = 1 << 0
	Bool   = 1 << 2
)

// Int adds an INT of size bytes.
func (b *Builder) Int(name string, size, encoding uint32) uint32 {
	return b.add(name, makeInfo(Int, 0), size, encoding<<24|size*8)
}

// Modify adds a PTR, CONST or VOLATILE.
func (b *Builder) Modify(k Kind, id uint32) uint32 { return b.add("", makeInfo(k, 0), id) }

// Fwd adds a forward declaration of a struct.
func (b *Builder) Fwd(name string) uint32 { return b.add(name, makeInfo(Fwd, 0), 0) }

// Param is a parameter of a FUNC_PROTO.
type Param struct {
	Name string
	Type uint32
}

// Proto adds a FUNC_PROTO.
func (b *Builder) Proto(result uint32, params []Param) uint32 {
	rest := []uint32{result}
	for _, p := range params {
		rest = append(rest, b.str(p.Name), p.Type)
	}
	return b.add("", makeInfo(FuncProto, uint32(len(params))), rest...)
}

// Func adds a FUNC.
func (b *Builder) Func(name string, proto, linkage uint32) uint32 {
	return b.add(name, makeInfo(Func, linkage), proto)
}

// Var adds a VAR.
func (b *Builder) Var(name string, id, linkage uint32) uint32 {
	return b.add(name, makeInfo(Var, 0), id, linkage)
}

// Tag adds a DECL_TAG on the whole of a declaration.
func (b *Builder) Tag(text string, id uint32) uint32 {
	return b.add(text, makeInfo(DeclTag, 0), id, wholeDeclaration)
}

// wholeDeclaration is the component of a DECL_TAG that is on no member or parameter.
const wholeDeclaration = 0xffffffff

// Datasec adds a DATASEC of size bytes, with members in ascending order of offset.
func (b *Builder) Datasec(name string, size uint32, members []Element) uint32 {
	rest := []uint32{size}
	for _, m := range members {
		rest = append(rest, m.Type, m.Offset, m.Size)
	}
	return b.add(name, makeInfo(Datasec, uint32(len(members))), rest...)
}

// Copy copies a type of another object, with what it refers to. It fails for a type that leads to anything but
// integers, enums, floats and typedefs and qualifiers of them.
func (b *Builder) Copy(t *Types, id uint32) (uint32, bool) {
	if id == 0 {
		return 0, false
	}
	key := copyOf{t, id}
	if to, ok := b.copies[key]; ok {
		return to, true
	}
	switch t.Kind(id) {
	case Int, Enum, Enum64, Float:
	case Typedef, Const, Volatile, Restrict, TypeTag:
		if _, ok := b.Copy(t, t.Target(id)); !ok {
			return 0, false
		}
	default:
		return 0, false
	}
	w := append([]uint32(nil), t.at(id)...)
	eachName(w, func(p int) { w[p] = b.str(t.str(w[p])) })
	eachRef(w, func(p int) { w[p] = b.copies[copyOf{t, w[p]}] })
	b.words = append(b.words, w...)
	b.n++
	b.copies[key] = b.n
	return b.n, true
}

// Types returns the contents of .BTF.
func (b *Builder) Types() []byte {
	size := uint32(len(b.words)) * 4
	out := encodeWords(b.order, append([]uint32{0, btfHeaderSize, 0, size, size, uint32(len(b.strs))}, b.words...))
	return append(out, b.strs...)
}

// LineRecord is a record of line_info.
type LineRecord struct {
	Offset uint32 // of the instruction, in bytes
	Line
	Text string // the source line
}

// CodeRecords are the records of a code section, in ascending order of offset.
type CodeRecords struct {
	Section string
	Funcs   []FuncRecord
	Lines   []LineRecord
}

// Ext returns the contents of .BTF.ext. It is to be called before Types, as the strings are in .BTF.
func (b *Builder) Ext(secs ...CodeRecords) []byte {
	funcs, lines := []uint32{uint32(recMinWords[FuncInfo]) * 4}, []uint32{uint32(recMinWords[LineInfo]) * 4}
	for _, s := range secs {
		if len(s.Funcs) > 0 {
			funcs = append(funcs, b.str(s.Section), uint32(len(s.Funcs)))
		}
		for _, r := range s.Funcs {
			funcs = append(funcs, r.Offset, r.Type)
		}
		if len(s.Lines) > 0 {
			lines = append(lines, b.str(s.Section), uint32(len(s.Lines)))
		}
		for _, r := range s.Lines {
			lines = append(lines, r.Offset, b.str(r.File), b.str(r.Text), r.Line.Line<<10|min(r.Column, 0x3ff))
		}
	}
	var body []uint32
	head := []uint32{0, extHeader}
	for _, part := range [][]uint32{funcs, lines} {
		if len(part) == 1 {
			part = nil // a part without records has no bytes
		}
		head = append(head, uint32(len(body))*4, uint32(len(part))*4)
		body = append(body, part...)
	}
	head = append(head, uint32(len(body))*4, 0)
	return encodeWords(b.order, append(head, body...))
}

// encodeWords writes words in a byte order and puts magic and version at their start.
func encodeWords(order binary.ByteOrder, words []uint32) []byte {
	return withMagic(bytesOf(words, order), order)
}

// withMagic puts the magic and the version at the start of a section.
func withMagic(b []byte, order binary.ByteOrder) []byte {
	order.PutUint16(b, btfMagic)
	b[2], b[3] = 1, 0
	return b
}
