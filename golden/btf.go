package golden

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// BTF kinds, of include/uapi/linux/btf.h.
const (
	kindVoid = iota
	kindInt
	kindPtr
	kindArray
	kindStruct
	kindUnion
	kindEnum
	kindFwd
	kindTypedef
	kindVolatile
	kindConst
	kindRestrict
	kindFunc
	kindFuncProto
	kindVar
	kindDatasec
	kindFloat
	kindDeclTag
	kindTypeTag
	kindEnum64
	kinds
)

const btfMagic = 0xeb9f

var errTruncated = errors.New("truncated")

// btfType is a decoded type. Which fields mean something depends on the kind.
type btfType struct {
	kind    uint32
	flag    bool // kind_flag
	name    string
	size    uint32 // of those kinds that have a size
	ref     uint32 // type id, of those kinds that refer to one
	extra   uint32 // INT: encoding, offset and bits; FUNC, VAR: linkage; ARRAY: elements; DECL_TAG: component
	index   uint32 // ARRAY: type id of the index
	members []btfMember
}

// btfMember is a member, parameter, enumerator or variable of a section.
type btfMember struct {
	name  string
	ref   uint32 // type id
	off   uint32 // struct, union: the raw offset word; DATASEC: bytes
	size  uint32 // DATASEC: bytes
	value uint64 // enumerator
}

// btf is a decoded .BTF section.
type btf struct {
	order   binary.ByteOrder
	types   []btfType // by type id; 0 is void
	strings string
	used    map[uint32]string // the strings that something refers to, by offset

	class    []int // by type id: types of one class are alike, and so is all that they refer to
	count    map[int]int
	label    map[int]string // suffix of a class whose name other classes have as well: "#1"
	spent    int            // bytes of text made of types, see maxText
	extRoots []uint32       // type ids that .BTF.ext refers to
}

// cursor reads 32-bit words.
type cursor struct {
	order binary.ByteOrder
	data  []byte
	short bool
}

func (c *cursor) u32() uint32 {
	if len(c.data) < 4 {
		c.short = true
		c.data = nil
		return 0
	}
	v := c.order.Uint32(c.data)
	c.data = c.data[4:]
	return v
}

// cut returns data[off:off+n] if that is inside data.
func cut(data []byte, off, n uint64) ([]byte, bool) {
	if off > uint64(len(data)) || n > uint64(len(data))-off {
		return nil, false
	}
	return data[off : off+n], true
}

func readBTF(order binary.ByteOrder, data []byte) (*btf, error) {
	if len(data) < 24 {
		return nil, errTruncated
	}
	if m := order.Uint16(data); m != btfMagic {
		return nil, fmt.Errorf("magic %#x", m)
	}
	if v := data[2]; v != 1 {
		return nil, fmt.Errorf("version %d", v)
	}
	// Newer headers have more fields after the first 24 bytes; they say nothing about types.
	hdr := uint64(order.Uint32(data[4:]))
	if hdr < 24 {
		return nil, fmt.Errorf("header of %d bytes", hdr)
	}
	types, ok := cut(data, hdr+uint64(order.Uint32(data[8:])), uint64(order.Uint32(data[12:])))
	if !ok {
		return nil, errors.New("types are outside the section")
	}
	b := &btf{order: order, types: []btfType{{}}, used: map[uint32]string{0: ""}}
	strs, ok := cut(data, hdr+uint64(order.Uint32(data[16:])), uint64(order.Uint32(data[20:])))
	if !ok {
		return nil, errors.New("strings are outside the section")
	}
	b.strings = string(strs)
	c := &cursor{order: order, data: types}
	for len(c.data) > 0 {
		t, err := b.readType(c)
		if err == nil && c.short {
			err = errTruncated
		}
		if err != nil {
			return nil, fmt.Errorf("type %d: %w", len(b.types), err)
		}
		b.types = append(b.types, t)
	}
	for id := range b.types {
		for _, ref := range b.types[id].refs(nil) {
			if uint64(ref) >= uint64(len(b.types)) {
				return nil, fmt.Errorf("type %d refers to type %d of %d", id, ref, len(b.types))
			}
		}
	}
	if err := b.classify(); err != nil {
		return nil, err
	}
	b.numberNames()
	return b, nil
}

func (b *btf) str(off uint32) (string, error) {
	if s, ok := b.used[off]; ok {
		return s, nil
	}
	if uint64(off) >= uint64(len(b.strings)) {
		return "", fmt.Errorf("string offset %#x is outside the strings", off)
	}
	s, _, ok := strings.Cut(b.strings[off:], "\x00")
	if !ok {
		return "", errors.New("strings do not end with a NUL")
	}
	s = escape(s)
	b.used[off] = s
	return s, nil
}

// maxName bounds the names of types and members, in bytes. The kernel's limit is 512.
const maxName = 4096

func (b *btf) name(off uint32) (string, error) {
	s, err := b.str(off)
	if len(s) > maxName {
		return "", fmt.Errorf("name of %d bytes", len(s))
	}
	return s, err
}

func (b *btf) readType(c *cursor) (t btfType, err error) {
	name, info, word := c.u32(), c.u32(), c.u32()
	if t.name, err = b.name(name); err != nil {
		return t, err
	}
	t.kind, t.flag = info>>24&0x1f, info>>31 != 0
	if info&0x60ff0000 != 0 || t.kind == kindVoid || t.kind >= kinds {
		return t, fmt.Errorf("info word %#x is of no kind known here", info)
	}
	vlen := info & 0xffff
	if err := t.idle(vlen, word); err != nil {
		return t, err
	}
	switch t.kind {
	case kindInt, kindFloat, kindStruct, kindUnion, kindEnum, kindEnum64, kindDatasec:
		t.size = word
	case kindArray, kindFwd:
	default:
		t.ref = word
	}
	switch t.kind {
	case kindInt, kindVar, kindDeclTag:
		t.extra = c.u32()
	case kindFunc:
		t.extra = vlen
	case kindArray:
		t.ref, t.index, t.extra = c.u32(), c.u32(), c.u32()
	case kindStruct, kindUnion, kindEnum, kindEnum64, kindFuncProto, kindDatasec:
		for range vlen {
			m, err := b.readMember(c, t.kind)
			if err != nil {
				return t, err
			}
			if c.short { // before a wrong count makes a long list of nothing
				return t, errTruncated
			}
			t.members = append(t.members, m)
		}
	}
	return t, nil
}

// idle checks that what means nothing in a type of this kind is zero, as the kernel does: it would not show in the text.
func (t *btfType) idle(vlen, word uint32) error {
	switch t.kind {
	case kindPtr, kindArray, kindVolatile, kindConst, kindRestrict, kindFuncProto:
		if t.name != "" {
			return fmt.Errorf("kind %d with name %q", t.kind, t.name)
		}
	}
	switch t.kind {
	case kindStruct, kindUnion, kindEnum, kindEnum64, kindFuncProto, kindDatasec, kindFunc:
	default:
		if vlen != 0 {
			return fmt.Errorf("kind %d with %d members", t.kind, vlen)
		}
	}
	switch t.kind {
	case kindStruct, kindUnion, kindEnum, kindEnum64, kindFwd, kindDeclTag, kindTypeTag:
	default:
		if t.flag {
			return fmt.Errorf("kind %d with a kind flag", t.kind)
		}
	}
	if (t.kind == kindArray || t.kind == kindFwd) && word != 0 {
		return fmt.Errorf("kind %d with size %d", t.kind, word)
	}
	return nil
}

func (b *btf) readMember(c *cursor, kind uint32) (m btfMember, err error) {
	if kind == kindDatasec {
		m.ref, m.off, m.size = c.u32(), c.u32(), c.u32()
		return m, nil
	}
	if m.name, err = b.name(c.u32()); err != nil {
		return m, err
	}
	switch kind {
	case kindStruct, kindUnion:
		m.ref, m.off = c.u32(), c.u32()
	case kindFuncProto:
		m.ref = c.u32()
	case kindEnum:
		m.value = uint64(int64(int32(c.u32()))) // as enum64 has it
	case kindEnum64:
		low := uint64(c.u32())
		m.value = low | uint64(c.u32())<<32
	}
	return m, nil
}

// refs appends the type ids that t refers to, in an order that is the same for all types of a kind.
func (t *btfType) refs(ids []uint32) []uint32 {
	switch t.kind {
	case kindArray:
		return append(ids, t.ref, t.index)
	case kindStruct, kindUnion, kindDatasec:
		for i := range t.members {
			ids = append(ids, t.members[i].ref)
		}
	case kindFuncProto:
		ids = append(ids, t.ref)
		for i := range t.members {
			ids = append(ids, t.members[i].ref)
		}
	case kindPtr, kindTypedef, kindVolatile, kindConst, kindRestrict, kindFunc, kindVar, kindDeclTag, kindTypeTag:
		ids = append(ids, t.ref)
	}
	return ids
}

// own is all of a type but what it refers to.
func (t *btfType) own() string {
	w := binary.LittleEndian.AppendUint32(nil, t.kind)
	put := func(s string, words ...uint64) {
		w = binary.LittleEndian.AppendUint32(w, uint32(len(s)))
		w = append(w, s...)
		for _, v := range words {
			w = binary.LittleEndian.AppendUint64(w, v)
		}
	}
	flag := uint64(0)
	if t.flag {
		flag = 1
	}
	put(t.name, flag, uint64(t.size), uint64(t.extra))
	for i := range t.members {
		m := &t.members[i]
		put(m.name, uint64(m.off), uint64(m.size), m.value)
	}
	return string(w)
}

// maxRounds bounds classify: how deep a difference may lie below the types that differ by it.
const maxRounds = 512

// classify finds which types are alike, cycles included: types are told apart by themselves first, then by what they
// refer to, as far as that has been told apart, until that finds no difference any more.
func (b *btf) classify() error {
	b.class = make([]int, len(b.types))
	number := map[string]int{}
	assign := func(key string, id int) {
		c, ok := number[key]
		if !ok {
			c = len(number)
			number[key] = c
		}
		b.class[id] = c
	}
	for id := range b.types {
		assign(b.types[id].own(), id)
	}
	for round := 0; ; round++ {
		if round == maxRounds {
			return errors.New("types nest too deep")
		}
		before, old := len(number), b.class
		b.class = make([]int, len(b.types))
		clear(number)
		var key []byte
		var ids []uint32
		for id := range b.types {
			key = binary.AppendUvarint(key[:0], uint64(old[id]))
			ids = b.types[id].refs(ids[:0])
			for _, ref := range ids {
				key = binary.AppendUvarint(key, uint64(old[ref]))
			}
			assign(string(key), id)
		}
		if len(number) == before {
			break
		}
	}
	b.count = map[int]int{}
	for id := 1; id < len(b.types); id++ {
		b.count[b.class[id]]++
	}
	return nil
}

// unusedStrings lists the strings that nothing refers to. A string within another is no string of its own.
func (b *btf) unusedStrings() []string {
	var unused []string
	for off := 0; off < len(b.strings); {
		s, _, _ := strings.Cut(b.strings[off:], "\x00")
		found := len(s) == 0
		for k := 0; k < len(s) && !found; k++ {
			_, found = b.used[uint32(off+k)]
		}
		if !found {
			unused = append(unused, s)
		}
		off += len(s) + 1
	}
	return unused
}
