package mutate

import (
	"encoding/binary"
	"slices"
)

// object is a seed while it is changed.
type object struct {
	bo      binary.ByteOrder
	size    int // of the seed
	head    piece
	secs    []section
	late    []patch
	tail    []byte // bytes after the end
	cut     int    // of the end, in 1/65536 of the file; 0 for none
	scratch []field
}

// patch is a change of a header after all lengths are right.
type patch struct {
	sec   int // -1: the ELF header
	field field
	value uint64
}

func (s *Seed) open() *object {
	return &object{bo: s.order, size: s.size, head: s.head, secs: slices.Clone(s.secs)}
}

func (o *object) big() bool { return o.bo == binary.ByteOrder(binary.BigEndian) }

// pieces returns the pieces of a section, to be changed.
func (o *object) pieces(sec int) []piece {
	s := &o.secs[sec]
	if !s.own {
		s.pieces, s.own = slices.Clone(s.pieces), true
	}
	return s.pieces
}

// bytes returns the bytes of a piece, to be changed.
func (p *piece) bytes() []byte {
	p.data = slices.Clone(p.data)
	return p.data
}

// find returns the first section of a kind, or -1.
func (o *object) find(k kind) int {
	return slices.IndexFunc(o.secs, func(s section) bool { return s.kind == k })
}

// count returns how many pieces of a kind the first section of that kind has.
func (o *object) count(k kind) (n int) {
	if i := o.find(k); i >= 0 {
		for j := range o.secs[i].pieces {
			if o.secs[i].pieces[j].kind == k {
				n++
			}
		}
	}
	return n
}

// ordinal returns which piece of its kind piece i is, from 0.
func (s *section) ordinal(i int) (n int) {
	for j := range i {
		if s.pieces[j].kind == s.pieces[i].kind {
			n++
		}
	}
	return n
}

// renumber makes references right after piece n of a kind, from 0, went (by -1) or came (by 1). References to what
// went become 0.
func (o *object) renumber(k kind, n, by int) {
	switch k {
	case btfType:
		o.shift(btfType, typeID, uint64(n+1), by)
		o.shift(extRec, typeID, uint64(n+1), by)
	case sym:
		o.shift(rel, symIndex, uint64(n), by)
	}
}

// shift adds to all fields of a class in pieces of a kind that are at or above a value.
func (o *object) shift(k kind, c class, from uint64, by int) {
	for i := range o.secs {
		if o.secs[i].kind != k {
			continue
		}
		ps := o.pieces(i)
		for j := range ps {
			p := &ps[j]
			if p.kind != k {
				continue
			}
			cloned := false
			for _, f := range o.fields(p) {
				v := o.get(p.data, f)
				if f.class != c || v < from || f.off+f.width > len(p.data) {
					continue
				}
				if !cloned {
					p.bytes()
					cloned = true
				}
				if v == from && by < 0 {
					v = 0
				} else {
					v += uint64(int64(by))
				}
				o.put(p.data, f, v)
			}
		}
	}
}

// removeSection takes a section out, and makes section indexes right if tidy: symbols of the section go.
func (o *object) removeSection(i int, tidy bool) {
	if tidy {
		if s := o.find(sym); s >= 0 {
			for k := len(o.secs[s].pieces) - 1; k > 0; k-- {
				if o.get(o.secs[s].pieces[k].data, fields[sym][3]) == uint64(i) {
					o.remove(s, k)
					o.renumber(sym, k, -1)
				}
			}
		}
	}
	o.secs = slices.Delete(o.secs, i, i+1)
	if tidy {
		o.shiftSections(uint64(i), -1)
	}
}

// shiftSections is renumber for sections.
func (o *object) shiftSections(from uint64, by int) {
	move := func(p *piece, f field) {
		if v := o.get(p.data, f); v >= from && v < 0xff00 {
			o.put(p.bytes(), f, v+uint64(int64(by)))
		}
	}
	move(&o.head, field{62, 2, secIndex})
	for i := range o.secs {
		s := &o.secs[i]
		if s.kind == sym {
			ps := o.pieces(i)
			for j := range ps {
				move(&ps[j], fields[sym][3])
			}
		}
		if s.kind == sym || s.kind == rel {
			move(&s.head, field{40, 4, secIndex})
		}
		if s.kind == rel {
			move(&s.head, field{44, 4, secIndex})
		}
	}
}

func (o *object) remove(sec, i int) {
	o.pieces(sec)
	o.secs[sec].pieces = slices.Delete(o.secs[sec].pieces, i, i+1)
}

func (o *object) insert(sec, i int, ps ...piece) {
	o.pieces(sec)
	o.secs[sec].pieces = slices.Insert(o.secs[sec].pieces, i, ps...)
}

// assemble writes the object into buf: ELF header, contents, section headers.
func (o *object) assemble(buf []byte) []byte {
	out := append(buf[:0], o.head.data...)
	for i := range o.secs {
		s := &o.secs[i]
		o.tidy(i)
		typ := o.bo.Uint32(s.head.data[4:])
		if len(s.pieces) == 0 || typ == 8 || typ == 0 {
			continue
		}
		out = pad(out)
		start := len(out)
		for j := range s.pieces {
			out = append(out, s.pieces[j].data...)
		}
		h := s.head.bytes()
		o.bo.PutUint64(h[24:], uint64(start))
		o.bo.PutUint64(h[32:], uint64(len(out)-start))
	}
	out = pad(out)
	shoff := len(out)
	o.bo.PutUint64(out[40:], uint64(shoff))
	o.bo.PutUint16(out[60:], uint16(len(o.secs)))
	for i := range o.secs {
		out = append(out, o.secs[i].head.data...)
	}
	for _, p := range o.late {
		at := 0
		if p.sec >= 0 {
			at = shoff + 64*p.sec
		}
		if at < len(out) {
			o.put(out[at:], p.field, p.value)
		}
	}
	out = out[:len(out)-len(out)*o.cut>>16]
	return append(out, o.tail...)
}

// contents returns the contents of the first section of a kind, nil if there is none.
func (o *object) contents(k kind) (out []byte) {
	i := o.find(k)
	if i < 0 {
		return nil
	}
	o.tidy(i)
	for j := range o.secs[i].pieces {
		out = append(out, o.secs[i].pieces[j].data...)
	}
	return out
}

func pad(b []byte) []byte {
	for len(b)%8 != 0 {
		b = append(b, 0)
	}
	return b
}

// tidy makes the lengths in .BTF and .BTF.ext right, but those that were set.
func (o *object) tidy(sec int) {
	s := &o.secs[sec]
	if len(s.pieces) == 0 || !s.own || s.pieces[0].set {
		return
	}
	switch s.pieces[0].kind {
	case btfHead:
		types, strs := 0, 0
		for i := range s.pieces[1:] {
			if p := &s.pieces[1+i]; p.kind == btfStrs {
				strs += len(p.data)
			} else {
				types += len(p.data)
			}
		}
		o.putWords(&s.pieces[0], 8, 0, types, types, strs)
	case extHead:
		o.tidyExt(s)
	}
}

func (o *object) tidyExt(s *section) {
	var size [3]int
	for i := range s.pieces[1:] {
		p := &s.pieces[1+i]
		size[min(p.part, 2)] += len(p.data)
		if p.kind == extSec && !p.set {
			n := 0
			for _, q := range s.pieces[2+i:] {
				if q.kind != extRec {
					break
				}
				n++
			}
			o.putWords(p, 4, n)
		}
	}
	o.putWords(&s.pieces[0], 8, 0, size[0], size[0], size[1], size[0]+size[1], size[2])
}

func (o *object) putWords(p *piece, at int, words ...int) {
	d := p.bytes()
	for i, w := range words {
		o.put(d, field{at + 4*i, 4, number}, uint64(w))
	}
}
