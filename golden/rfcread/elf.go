package rfcread

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// The few ELF numbers that the rules need.
const (
	etRel     = 1
	emBPF     = 247
	shtSymtab = 2
	shtNobits = 8
	shtRel    = 9
	shfExec   = 4
	sttFunc   = 2

	ehdrSize = 64
	shdrSize = 64
	symSize  = 24
	relSize  = 16
)

var errShort = errors.New("truncated")

type section struct {
	name  string
	typ   uint32
	flags uint64
	size  uint64
	link  uint32
	info  uint32
	data  []byte // nil for NOBITS
}

type symbol struct {
	name    string
	bind    uint8
	typ     uint8
	section uint16
	value   uint64
	size    uint64
}

type file struct {
	bo       binary.ByteOrder
	sections []section
	symbols  []symbol
}

// slice returns data[off:off+n], or an error if that is not inside data.
func slice(data []byte, off, n uint64) ([]byte, error) {
	if off > uint64(len(data)) || n > uint64(len(data))-off {
		return nil, errShort
	}
	return data[off : off+n], nil
}

// cstr returns the NUL-terminated string at off.
func cstr(table []byte, off uint32) (string, error) {
	if uint64(off) >= uint64(len(table)) {
		return "", errShort
	}
	s, _, ok := bytes.Cut(table[off:], []byte{0})
	if !ok {
		return "", errShort
	}
	return string(s), nil
}

func parse(d []byte) (*file, error) {
	if len(d) < ehdrSize || string(d[:4]) != "\x7fELF" || d[4] != 2 {
		return nil, errors.New("not ELF64")
	}
	o := &file{bo: binary.LittleEndian}
	if d[5] != 1 {
		o.bo = binary.BigEndian
	}
	if o.bo.Uint16(d[16:]) != etRel || o.bo.Uint16(d[18:]) != emBPF {
		return nil, errors.New("not a relocatable BPF object")
	}
	num, names := int(o.bo.Uint16(d[60:])), int(o.bo.Uint16(d[62:]))
	headers, err := slice(d, o.bo.Uint64(d[40:]), uint64(num)*shdrSize)
	if err != nil {
		return nil, fmt.Errorf("section headers: %w", err)
	}
	nameOffs := make([]uint32, num)
	for i := range num {
		h := headers[i*shdrSize:]
		s := section{
			typ: o.bo.Uint32(h[4:]), flags: o.bo.Uint64(h[8:]), size: o.bo.Uint64(h[32:]),
			link: o.bo.Uint32(h[40:]), info: o.bo.Uint32(h[44:]),
		}
		nameOffs[i] = o.bo.Uint32(h)
		if s.typ != shtNobits && i > 0 {
			if s.data, err = slice(d, o.bo.Uint64(h[24:]), s.size); err != nil {
				return nil, fmt.Errorf("section #%d: %w", i, err)
			}
		}
		o.sections = append(o.sections, s)
	}
	if names >= num {
		return nil, errors.New("no section names")
	}
	for i := range o.sections {
		if i == 0 {
			continue
		}
		if o.sections[i].name, err = cstr(o.sections[names].data, nameOffs[i]); err != nil {
			return nil, fmt.Errorf("name of section #%d: %w", i, err)
		}
	}
	return o, o.readSymbols()
}

func (o *file) readSymbols() error {
	for i := range o.sections {
		s := &o.sections[i]
		if s.typ != shtSymtab {
			continue
		}
		if int64(s.link) >= int64(len(o.sections)) {
			return errors.New("symbol table without a string table")
		}
		strs := o.sections[s.link].data
		for e := s.data; len(e) >= symSize; e = e[symSize:] {
			name, err := cstr(strs, o.bo.Uint32(e))
			if err != nil {
				return fmt.Errorf("name of symbol #%d: %w", len(o.symbols), err)
			}
			o.symbols = append(o.symbols, symbol{
				name: name, bind: e[4] >> 4, typ: e[4] & 15, section: o.bo.Uint16(e[6:]),
				value: o.bo.Uint64(e[8:]), size: o.bo.Uint64(e[16:]),
			})
		}
		return nil
	}
	return errors.New("no symbol table")
}

// relocation is an entry of a SHT_REL section.
type relocation struct {
	typ, sym uint32
}

// relocations returns the relocations of section i by their offset.
func (o *file) relocations(i int) map[uint64][]relocation {
	rels := map[uint64][]relocation{}
	for k := range o.sections {
		s := &o.sections[k]
		if s.typ != shtRel || int64(s.info) != int64(i) {
			continue
		}
		for e := s.data; len(e) >= relSize; e = e[relSize:] {
			off, info := o.bo.Uint64(e), o.bo.Uint64(e[8:])
			rels[off] = append(rels[off], relocation{uint32(info), uint32(info >> 32)})
		}
	}
	return rels
}
