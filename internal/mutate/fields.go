package mutate

import "encoding/binary"

// class says what the value of a field counts or names.
type class uint8

const (
	number    class = iota
	offset          // in bytes
	typeID          // a BTF type
	btfName         // an offset in the strings of .BTF
	elfName         // an offset in an ELF string table
	symIndex        // a symbol
	secIndex        // a section
	secType         // SHT_*
	secFlags        // SHF_*
	symInfo         // binding and type of a symbol
	relType         // R_BPF_*
	typeWord        // the word with kind, vlen and kind_flag of a type
	opcode          // of an instruction
	registers       // of an instruction
)

// field is where a value stands in a piece. In bytes.
type field struct {
	off, width int
	class      class
}

var fields = [allKinds][]field{
	raw:     {{0, 1, number}, {0, 4, offset}, {0, 8, offset}},
	insn:    {{0, 1, opcode}, {1, 1, registers}, {2, 2, number}, {4, 4, number}},
	sym:     {{0, 4, elfName}, {4, 1, symInfo}, {5, 1, number}, {6, 2, secIndex}, {8, 8, offset}, {16, 8, offset}},
	rel:     {{0, 8, offset}, {8, 4, relType}, {12, 4, symIndex}},
	note:    {{0, 8, offset}, {0, 1, opcode}, {1, 1, registers}, {4, 4, number}},
	btfHead: {{0, 2, number}, {2, 1, number}, {3, 1, number}, {4, 4, number}, {8, 4, offset}, {12, 4, offset}, {16, 4, offset}, {20, 4, offset}},
	extHead: {{0, 2, number}, {2, 1, number}, {3, 1, number}, {4, 4, number}, {8, 4, offset}, {12, 4, offset}, {16, 4, offset}, {20, 4, offset}, {24, 4, offset}, {28, 4, offset}},
	extSize: {{0, 4, offset}},
	extSec:  {{0, 4, btfName}, {4, 4, number}},
	elfHead: {{4, 1, number}, {5, 1, number}, {6, 1, number}, {16, 2, number}, {18, 2, number}, {20, 4, number}, {24, 8, offset}, {32, 8, offset},
		{40, 8, offset}, {48, 4, number}, {52, 2, number}, {54, 2, number}, {56, 2, number}, {58, 2, number}, {60, 2, secIndex}, {62, 2, secIndex}},
	secHead: {{0, 4, elfName}, {4, 4, secType}, {8, 8, secFlags}, {16, 8, offset}, {24, 8, offset}, {32, 8, offset}, {40, 4, secIndex}, {44, 4, secIndex},
		{48, 8, number}, {56, 8, offset}},
}

// bigRel is fields[rel] in the other byte order: r_info is one word of 64 bits.
var bigRel = []field{{0, 8, offset}, {12, 4, relType}, {8, 4, symIndex}}

// fields returns where the fields of a piece are.
func (o *object) fields(p *piece) []field {
	switch p.kind {
	case rel:
		if o.big() {
			return bigRel
		}
	case btfType:
		return o.typeFields(p.data)
	case extRec:
		return recordFields(p)
	case names, btfStrs:
		return []field{{0, 1, number}, {len(p.data) / 2, 1, number}, {max(len(p.data)-1, 0), 1, number}}
	}
	return fields[p.kind]
}

// typeLayouts are the words of each BTF kind: after the first three, and of an element.
var typeLayouts = [32]struct {
	extra, stride int
	ref           bool // the third word is a type id
	name, typ     int  // in an element; -1 for none
}{
	1:  {1, 0, false, -1, -1},
	2:  {0, 0, true, -1, -1},
	3:  {3, 0, false, -1, -1},
	4:  {0, 3, false, 0, 1},
	5:  {0, 3, false, 0, 1},
	6:  {0, 2, false, 0, -1},
	8:  {0, 0, true, -1, -1},
	9:  {0, 0, true, -1, -1},
	10: {0, 0, true, -1, -1},
	11: {0, 0, true, -1, -1},
	12: {0, 0, true, -1, -1},
	13: {0, 2, true, 0, 1},
	14: {1, 0, true, -1, -1},
	15: {0, 3, false, -1, 0},
	17: {1, 0, true, -1, -1},
	18: {0, 0, true, -1, -1},
	19: {0, 3, false, 0, -1},
}

const kindArray = 3

func typeKind(info uint32) uint32 { return info >> 24 & 31 }

// typeSize returns the size of a type in bytes.
func typeSize(info uint32) int {
	l := &typeLayouts[typeKind(info)]
	return 4 * (3 + l.extra + l.stride*int(info&0xffffff))
}

// typeClass returns the class of word w of a type.
func typeClass(info uint32, w int) class {
	k := typeKind(info)
	l := &typeLayouts[k]
	switch {
	case w == 0:
		return btfName
	case w == 1:
		return typeWord
	case w == 2 && l.ref, k == kindArray && (w == 3 || w == 4):
		return typeID
	case w < 3+l.extra || l.stride == 0:
		return number
	case (w-3-l.extra)%l.stride == l.name:
		return btfName
	case (w-3-l.extra)%l.stride == l.typ:
		return typeID
	}
	return number
}

func (o *object) typeFields(d []byte) []field {
	o.scratch = o.scratch[:0]
	if len(d) < 12 {
		return fields[raw][:1]
	}
	info := o.bo.Uint32(d[4:])
	for w := range len(d) / 4 {
		o.scratch = append(o.scratch, field{4 * w, 4, typeClass(info, w)})
	}
	return o.scratch
}

// eachTypeRef calls fn with the position of every type id in a type.
func eachTypeRef(bo binary.ByteOrder, d []byte, fn func(pos int)) {
	if len(d) < 12 {
		return
	}
	info := bo.Uint32(d[4:])
	for w := 2; w < len(d)/4; w++ {
		if typeClass(info, w) == typeID {
			fn(4 * w)
		}
	}
}

var records = [3][]field{
	{{0, 4, offset}, {4, 4, typeID}},
	{{0, 4, offset}, {4, 4, btfName}, {8, 4, btfName}, {12, 4, number}},
	{{0, 4, offset}, {4, 4, typeID}, {8, 4, btfName}, {12, 4, number}},
}

func recordFields(p *piece) []field { return records[min(p.part, 2)] }

// get reads a field of a piece; 0 if the piece has been cut short.
func (o *object) get(d []byte, f field) uint64 {
	if f.off+f.width > len(d) {
		return 0
	}
	switch d = d[f.off:]; f.width {
	case 1:
		return uint64(d[0])
	case 2:
		return uint64(o.bo.Uint16(d))
	case 4:
		return uint64(o.bo.Uint32(d))
	}
	return o.bo.Uint64(d)
}

// put writes a field of a piece, if the piece has not been cut short.
func (o *object) put(d []byte, f field, v uint64) {
	if f.off+f.width > len(d) {
		return
	}
	switch d = d[f.off:]; f.width {
	case 1:
		d[0] = uint8(v)
	case 2:
		o.bo.PutUint16(d, uint16(v))
	case 4:
		o.bo.PutUint32(d, uint32(v))
	default:
		o.bo.PutUint64(d, v)
	}
}
