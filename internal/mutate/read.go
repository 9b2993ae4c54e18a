// Package mutate makes faulty BPF objects out of good ones, for tests. It knows where the fields of an object are: an
// object is taken apart into sections, symbols, relocations, instructions, types, records and notes, those are changed,
// and lengths and counts are made right again, so that what is wrong reaches the deeper layers of a reader.
//
// It shares no code with what it tests. Seeds are good objects; on others Read panics.
package mutate

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// kind says what a piece is.
type kind uint8

const (
	raw      kind = iota
	insn          // 8 bytes of code
	sym           // a symbol
	rel           // a relocation
	note          // a word of notes
	btfHead       // the header of .BTF
	btfType       // a type
	btfStrs       // the strings of .BTF
	extHead       // the header of .BTF.ext
	extSize       // the record size that starts a part
	extSec        // the name of a section and the number of its records
	extRec        // a record
	names         // an ELF string table
	elfHead       // the ELF header
	secHead       // a section header
	allKinds      // number of them
)

// piece is what operations change, remove and repeat.
type piece struct {
	kind kind
	part uint8  // of .BTF.ext
	set  bool   // has a field that is to stay as it is, right or wrong
	data []byte // shared with the seed; to be cloned before a change
}

// section is a section header and the contents in pieces.
type section struct {
	name   string // in the seed
	kind   kind   // of most pieces
	head   piece
	pieces []piece // shared with the seed if not own
	own    bool
}

// Seed is a good object, taken apart.
type Seed struct {
	Name  string
	order binary.ByteOrder
	head  piece
	secs  []section
	size  int
}

// Big reports whether the object is big-endian.
func (s *Seed) Big() bool { return s.order == binary.ByteOrder(binary.BigEndian) }

// Read takes an object apart. DWARF is left out: it is large, and nobody reads it.
func Read(name string, data []byte) *Seed {
	s := &Seed{Name: name, order: binary.LittleEndian, head: piece{kind: elfHead, data: data[:64:64]}}
	if data[5] == 2 {
		s.order = binary.BigEndian
	}
	bo := s.order
	heads := data[bo.Uint64(data[40:]):]
	n, strs := int(bo.Uint16(data[60:])), int(bo.Uint16(data[62:]))
	contents := func(i int) []byte {
		h := heads[i*64:]
		if typ := bo.Uint32(h[4:]); typ == 8 || typ == 0 {
			return nil
		}
		off, size := bo.Uint64(h[24:]), bo.Uint64(h[32:])
		return data[off : off+size : off+size]
	}
	table := contents(strs)
	for i := range n {
		h := heads[i*64 : i*64+64 : i*64+64]
		sec := section{name: cstr(table, bo.Uint32(h)), head: piece{kind: secHead, data: h}}
		sec.split(bo, contents(i))
		s.secs = append(s.secs, sec)
	}
	o := s.open()
	for i := len(o.secs) - 1; i > 0; i-- {
		if name := strings.TrimPrefix(o.secs[i].name, ".rel"); strings.HasPrefix(name, ".debug_") && !strings.HasPrefix(name, ".debug_bpf_sdt") {
			o.removeSection(i, true)
		}
	}
	s.secs, s.head = o.secs, o.head
	for i := range s.secs {
		s.secs[i].own = false
	}
	s.size = len(o.assemble(nil))
	return s
}

func cstr(table []byte, off uint32) string {
	s, _, _ := bytes.Cut(table[min(int(off), len(table)):], []byte{0})
	return string(s)
}

// split cuts contents into pieces.
func (s *section) split(bo binary.ByteOrder, d []byte) {
	typ, flags := bo.Uint32(s.head.data[4:]), bo.Uint64(s.head.data[8:])
	size := 0
	switch {
	case typ == 2:
		s.kind, size = sym, 24
	case typ == 9:
		s.kind, size = rel, 16
	case typ == 3:
		s.kind, size = names, len(d)
	case s.name == ".BTF":
		s.kind = btfType
		s.splitBTF(bo, d)
		return
	case s.name == ".BTF.ext":
		s.kind = extRec
		s.splitExt(bo, d)
		return
	case s.name == ".bpf_sdt_notes":
		s.kind, size = note, 8
	case typ == 1 && flags&4 != 0:
		s.kind, size = insn, 8
	default:
		s.kind, size = raw, min(len(d), 8)
	}
	for len(d) > 0 {
		n := min(size, len(d))
		s.pieces = append(s.pieces, piece{kind: s.kind, data: d[:n:n]})
		d = d[n:]
	}
}

func (s *section) splitBTF(bo binary.ByteOrder, d []byte) {
	s.pieces = append(s.pieces, piece{kind: btfHead, data: d[:24:24]})
	types := d[24+bo.Uint32(d[8:]):][:bo.Uint32(d[12:])]
	for len(types) > 0 {
		n := typeSize(bo.Uint32(types[4:]))
		s.pieces = append(s.pieces, piece{kind: btfType, data: types[:n:n]})
		types = types[n:]
	}
	strs := d[24+bo.Uint32(d[16:]):][:bo.Uint32(d[20:])]
	s.pieces = append(s.pieces, piece{kind: btfStrs, data: strs[:len(strs):len(strs)]})
}

func (s *section) splitExt(bo binary.ByteOrder, d []byte) {
	hdr := bo.Uint32(d[4:])
	s.pieces = append(s.pieces, piece{kind: extHead, data: d[:hdr:hdr]})
	add := func(k kind, part int, d []byte) {
		s.pieces = append(s.pieces, piece{kind: k, part: uint8(part), data: d[:len(d):len(d)]})
	}
	for part := range int(hdr-8) / 8 {
		b := d[hdr+bo.Uint32(d[8+8*part:]):][:bo.Uint32(d[12+8*part:])]
		if len(b) == 0 {
			continue
		}
		size := bo.Uint32(b)
		add(extSize, part, b[:4])
		for b = b[4:]; len(b) > 0; {
			n := bo.Uint32(b[4:])
			add(extSec, part, b[:8])
			for b = b[8:]; n > 0; n-- {
				add(extRec, part, b[:size])
				b = b[size:]
			}
		}
	}
}
