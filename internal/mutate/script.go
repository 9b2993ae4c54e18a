package mutate

import (
	"encoding/binary"
	"slices"
)

// A script is a list of operations of opSize bytes each, whatever the bytes are: so a fuzzer can change it, and what is
// left after an operation is taken out is a script too.
const opSize = 8

// op is an operation: which, where, and with what value.
type op struct {
	code    uint8
	flags   uint8
	a, b, v uint16
}

// maxOps bounds the operations of a script.
const maxOps = 64

// ops reads a script. What is missing at its end is zero.
func ops(script []byte) (list []op) {
	for len(script) > 0 && len(list) < maxOps {
		var b [opSize]byte
		n := copy(b[:], script)
		script = script[n:]
		list = append(list, op{b[0], b[1], binary.LittleEndian.Uint16(b[2:]), binary.LittleEndian.Uint16(b[4:]), binary.LittleEndian.Uint16(b[6:])})
	}
	return list
}

// Focus says which part of an object is changed.
type Focus []kind

// What can be changed.
var (
	All     = Focus{secHead, sym, rel, insn, btfType, btfStrs, extRec, note, raw, names, elfHead}
	ELF     = Focus{secHead, sym, rel, names, elfHead}
	Types   = Focus{btfType, btfStrs}
	Records = Focus{extRec, btfType, extRec}
	Notes   = Focus{note, rel, sym, btfType, insn}
)

// Object returns the seed as changed by a script. buf is written to if it is large enough; it may be nil.
func (s *Seed) Object(script []byte, focus Focus, buf []byte) []byte {
	o := s.open()
	o.run(script, focus)
	return o.assemble(buf)
}

// BTF returns the .BTF and .BTF.ext sections of the seed as changed by a script.
func (s *Seed) BTF(script []byte, focus Focus) (types, ext []byte) {
	o := s.open()
	o.run(script, focus)
	return o.cutShort(o.contents(btfType)), o.cutShort(o.contents(extRec))
}

func (o *object) cutShort(b []byte) []byte { return b[:len(b)-len(b)*o.cut>>16] }

func (o *object) run(script []byte, focus Focus) {
	for _, p := range ops(script) {
		operations[int(p.code)%len(operations)](o, p, o.target(focus, p))
		if o.total() > 4*o.size+1<<16 { // repeats of repeats
			break
		}
	}
}

func (o *object) total() (n int) {
	for i := range o.secs {
		for j := range o.secs[i].pieces {
			n += len(o.secs[i].pieces[j].data)
		}
	}
	return n
}

// target chooses a section for an operation: -1 for the headers.
func (o *object) target(focus Focus, p op) int {
	want := focus[int(p.flags>>2)%len(focus)]
	if want == secHead || want == elfHead {
		return -1
	}
	if want == btfStrs {
		want = btfType
	}
	n := 0
	for i := range o.secs {
		if o.secs[i].kind == want && len(o.secs[i].pieces) > 0 {
			n++
		}
	}
	if n == 0 {
		return -1
	}
	n = int(p.a>>8) % n
	return slices.IndexFunc(o.secs, func(s section) bool {
		if s.kind == want && len(s.pieces) > 0 {
			n--
		}
		return n < 0
	})
}

// operations are in the order of their codes.
var operations = []func(o *object, p op, sec int){
	(*object).setField, (*object).setField, (*object).setField, (*object).setField,
	(*object).flipBit,
	(*object).swapPieces,
	(*object).deletePiece, (*object).deletePiece,
	(*object).duplicatePiece, (*object).duplicatePiece,
	(*object).repeatPiece,
	(*object).truncateSection,
	(*object).resizePiece,
	(*object).growRecords,
	(*object).changeKind,
	(*object).redirect, (*object).redirect,
	(*object).nest,
	(*object).rename, (*object).rename,
	(*object).spoilString,
	(*object).swapSections,
	(*object).deleteSection,
	(*object).duplicateSection,
	(*object).copyHeader,
	(*object).changeCode, (*object).changeCode,
	(*object).swapOrder,
	(*object).patchHeader,
	(*object).cutFile,
	(*object).appendFile,
	(*object).copyField, (*object).copyField,
}

// piece chooses a piece of a section, -1 if it has none.
func (o *object) choose(sec int, n uint16) int {
	if sec < 0 || len(o.secs[sec].pieces) == 0 {
		return -1
	}
	return int(n) % len(o.secs[sec].pieces)
}

// value returns a value for a field: one that makes sense there, or one that is interesting.
func (o *object) value(f field, old uint64, v uint16) uint64 {
	if v&1 == 0 {
		return o.sensible(f.class, old, v>>1)
	}
	arg := uint64(v >> 6)
	switch v >> 1 & 31 {
	case 0:
		return 0
	case 1:
		return 1
	case 2:
		return 1<<64 - 1
	case 3:
		return old + 1
	case 4:
		return old - 1
	case 5:
		return old * 2
	case 6:
		return old / 2
	case 7:
		return 1 << (8*f.width - 1)
	case 8:
		return 1<<(8*f.width-1) - 1
	case 9:
		return uint64(o.size)
	case 10:
		return old + 8
	case 11:
		return old - 8
	case 12:
		return uint64(o.count(btfType))
	case 13:
		return uint64(o.count(btfType)) + 1
	case 14:
		return uint64(o.count(sym))
	case 15:
		return uint64(len(o.secs))
	case 16:
		return 0xff00
	case 17:
		return 0xfff1
	case 18:
		return 0xfff2
	case 19:
		return 0xffff
	case 20:
		return 1<<64 - 8
	case 21:
		return 1 << 40
	case 22:
		return 1 << 60
	case 23:
		return 1 << (8*f.width - 4)
	case 24:
		return old ^ 1<<(arg%uint64(8*f.width))
	case 25:
		return uint64(o.size) - arg
	case 26:
		return old + arg
	case 27:
		return old - arg
	}
	return arg
}

var (
	secTypes  = []uint64{0, 1, 2, 3, 4, 8, 9, 17, 0x6fff4c03}
	secFlag   = []uint64{1, 2, 4, 0x10, 0x20, 0x40, 0x80, 0x200, 0x800, 0x200000}
	symInfos  = []uint64{0x00, 0x01, 0x02, 0x03, 0x04, 0x10, 0x11, 0x12, 0x20, 0x21, 0x22, 0x13, 0x05, 0x32}
	relTypes  = []uint64{0, 1, 2, 3, 4, 10}
	opcodes   = []uint64{0x05, 0x06, 0x15, 0x18, 0x1d, 0x61, 0x63, 0x7b, 0x85, 0x8d, 0x95, 0xb7, 0xbf, 0x07, 0xdb, 0xd4, 0xe5, 0x0d, 0xb4, 0xbc, 0x20, 0x91, 0x79, 0x0f, 0x00}
	alignment = []uint64{0, 1, 4, 8, 16, 4096, 1 << 31, 3}
)

func of(list []uint64, v uint16) uint64 { return list[int(v)%len(list)] }

// sensible returns a value that a good object could have.
func (o *object) sensible(c class, old uint64, v uint16) uint64 {
	switch c {
	case typeID:
		return uint64(v) % uint64(o.count(btfType)+1)
	case symIndex:
		return uint64(v) % uint64(o.count(sym)+1)
	case secIndex:
		return uint64(v) % uint64(len(o.secs))
	case btfName:
		return o.stringIn(btfStrs, v)
	case elfName:
		return o.stringIn(names, v)
	case offset:
		return 8 * uint64(v%64)
	case secType:
		return of(secTypes, v)
	case secFlags:
		return old ^ of(secFlag, v)
	case symInfo:
		return of(symInfos, v)
	case relType:
		return of(relTypes, v)
	case typeWord:
		return old ^ uint64(v&3) ^ uint64(v>>2&1)<<31 ^ uint64(v>>3&31)<<24*uint64(v>>8&1)
	case opcode:
		return of(opcodes, v)
	case registers:
		return uint64(v) & 0xff
	}
	return uint64(v % 32)
}

// stringIn returns the offset of a string in .BTF or in an ELF string table.
func (o *object) stringIn(k kind, v uint16) uint64 {
	for i := range o.secs {
		for j := range o.secs[i].pieces {
			p := &o.secs[i].pieces[j]
			if p.kind != k || len(p.data) == 0 {
				continue
			}
			at := int(v) % len(p.data)
			for at > 0 && p.data[at-1] != 0 {
				at--
			}
			return uint64(at)
		}
	}
	return 0
}
