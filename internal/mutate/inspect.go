package mutate

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// inspector looks at every offset, length and index of an object that a linker made.
type inspector struct {
	d     []byte
	bo    binary.ByteOrder
	secs  []inspected
	syms  int
	types []inspectedType // by id
	strs  []byte          // of .BTF
}

type inspected struct {
	name             string
	typ              uint32
	flags, off, size uint64
	link, info       uint32
	align, entrySize uint64
	data             []byte
}

type inspectedType struct {
	kind uint32
	name string
	data []byte
}

// Inspect holds the ELF header, section headers, symbols, relocations, .BTF and .BTF.ext of a linked object against the
// rules for them, and returns the first that is broken.
func Inspect(d []byte) (err error) {
	defer func() { // what is out of bounds is what it is for
		if p := recover(); p != nil {
			err = fmt.Errorf("inspection: %v", p)
		}
	}()
	x := &inspector{d: d}
	for _, step := range []func() error{x.sections, x.symbols, x.relocations, x.btf, x.ext} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (x *inspector) u32(b []byte, at int) uint32 { return x.bo.Uint32(b[at:]) }
func (x *inspector) u64(b []byte, at int) uint64 { return x.bo.Uint64(b[at:]) }

// text returns the string at an offset of a table.
func text(table []byte, off uint32) (string, error) {
	if uint64(off) >= uint64(len(table)) {
		return "", fmt.Errorf("name at %d of %d bytes", off, len(table))
	}
	n := slices.Index(table[off:], 0)
	if n < 0 {
		return "", fmt.Errorf("name at %d has no end", off)
	}
	return string(table[off:][:n]), nil
}

func (x *inspector) sections() error {
	d := x.d
	x.bo = binary.LittleEndian
	if d[5] == 2 {
		x.bo = binary.BigEndian
	}
	shoff, n, strs := x.u64(d, 40), int(x.bo.Uint16(d[60:])), int(x.bo.Uint16(d[62:]))
	if shoff%8 != 0 || shoff+64*uint64(n) != uint64(len(d)) || strs >= n {
		return fmt.Errorf("%d section headers at %d of %d bytes", n, shoff, len(d))
	}
	end := uint64(64)
	for i := range n {
		h := d[shoff+64*uint64(i):][:64]
		s := inspected{typ: x.u32(h, 4), flags: x.u64(h, 8), off: x.u64(h, 24), size: x.u64(h, 32), link: x.u32(h, 40), info: x.u32(h, 44),
			align: x.u64(h, 48), entrySize: x.u64(h, 56)}
		if i > 0 && (s.align == 0 || s.align&(s.align-1) != 0) {
			return fmt.Errorf("section #%d has alignment %d", i, s.align)
		}
		if i > 0 && s.typ != 8 {
			if s.off < end || s.off+s.size < s.off || s.off+s.size > shoff || s.off%min(s.align, 4096) != 0 {
				return fmt.Errorf("section #%d has %d bytes at %d, after %d", i, s.size, s.off, end)
			}
			end = s.off + s.size
			s.data = d[s.off:end]
		}
		x.secs = append(x.secs, s)
	}
	for i := 1; i < n; i++ {
		var err error
		if x.secs[i].name, err = text(x.secs[strs].data, x.u32(d, int(shoff)+64*i)); err != nil {
			return fmt.Errorf("section #%d: %w", i, err)
		}
	}
	return nil
}

func (x *inspector) symbols() error {
	tables := 0
	for i := range x.secs {
		s := &x.secs[i]
		if s.typ != 2 {
			continue
		}
		if tables++; tables > 1 || s.entrySize != 24 || s.size%24 != 0 || int(s.link) >= len(x.secs) || x.secs[s.link].typ != 3 {
			return fmt.Errorf("symbol table #%d", i)
		}
		x.syms = int(s.size / 24)
		locals := 0
		for k := range x.syms {
			e := s.data[24*k:][:24]
			if _, err := text(x.secs[s.link].data, x.u32(e, 0)); err != nil {
				return fmt.Errorf("symbol #%d: %w", k, err)
			}
			if e[4]>>4 == 0 {
				if locals != k {
					return fmt.Errorf("symbol #%d is local, after globals", k)
				}
				locals++
			}
			value, size := x.u64(e, 8), x.u64(e, 16)
			switch shndx := int(x.bo.Uint16(e[6:])); {
			case shndx == 0 && (value != 0 || size != 0):
				return fmt.Errorf("undefined symbol #%d has a value", k)
			case shndx == 0, shndx == 0xfff1:
			case shndx >= len(x.secs):
				return fmt.Errorf("symbol #%d is in section %d of %d", k, shndx, len(x.secs))
			case value > x.secs[shndx].size || size > x.secs[shndx].size-value:
				return fmt.Errorf("symbol #%d has %d bytes at %d of section '%s' of %d bytes", k, size, value, x.secs[shndx].name, x.secs[shndx].size)
			}
		}
		if int(s.info) != locals {
			return fmt.Errorf("first global symbol is #%d, not #%d", locals, s.info)
		}
	}
	if tables == 0 {
		return fmt.Errorf("no symbol table")
	}
	return nil
}

func (x *inspector) relocations() error {
	for i := range x.secs {
		s := &x.secs[i]
		if s.typ != 9 {
			continue
		}
		if s.entrySize != 16 || s.size%16 != 0 || s.info == 0 || int(s.info) >= len(x.secs) || x.secs[s.link].typ != 2 {
			return fmt.Errorf("relocation section #%d", i)
		}
		to := &x.secs[s.info]
		for k := range int(s.size / 16) {
			e := s.data[16*k:][:16]
			off, info := x.u64(e, 0), x.u64(e, 8)
			width := map[uint32]uint64{1: 16, 2: 8, 3: 4, 4: 4, 10: 8}[uint32(info)]
			if to.flags&4 == 0 {
				width = min(width, 8) // no ld_imm64, but an address
			}
			if width == 0 || off > to.size || width > to.size-off || info>>32 == 0 || info>>32 >= uint64(x.syms) || to.typ == 8 {
				return fmt.Errorf("relocation #%d of '%s' of %d bytes: %#x %#x", k, to.name, to.size, off, info)
			}
		}
	}
	return nil
}

// section returns the only section of a name that holds code or data, nil if there is none.
func (x *inspector) section(name string) (found *inspected, err error) {
	for i := range x.secs {
		if s := &x.secs[i]; (s.typ == 1 || s.typ == 8) && s.name == name {
			if found != nil {
				return nil, fmt.Errorf("two sections '%s'", name)
			}
			found = s
		}
	}
	return found, nil
}

func (x *inspector) btf() error {
	s, err := x.section(".BTF")
	if s == nil || err != nil {
		return err
	}
	d := s.data
	length, strs := x.u32(d, 12), x.u32(d, 20)
	if x.bo.Uint16(d) != 0xeb9f || x.u32(d, 4) != 24 || x.u32(d, 8) != 0 || x.u32(d, 16) != length || uint64(24+length+strs) != s.size {
		return fmt.Errorf("header of .BTF: % x", d[:24])
	}
	x.strs = d[24+length:]
	if strs == 0 || x.strs[0] != 0 || x.strs[strs-1] != 0 {
		return fmt.Errorf("strings of .BTF")
	}
	x.types = []inspectedType{{}}
	for d = d[24 : 24+length]; len(d) > 0; {
		n := typeSize(x.u32(d, 4))
		name, err := text(x.strs, x.u32(d, 0))
		if err != nil {
			return fmt.Errorf("type #%d: %w", len(x.types), err)
		}
		x.types = append(x.types, inspectedType{typeKind(x.u32(d, 4)), name, d[:n]})
		d = d[n:]
	}
	for id := 1; id < len(x.types); id++ {
		if err := x.typ(id); err != nil {
			return fmt.Errorf("type #%d: %w", id, err)
		}
	}
	return nil
}

func (x *inspector) typ(id int) (err error) {
	t := &x.types[id]
	info := x.u32(t.data, 4)
	if info&0x60000000 != 0 || t.kind == 0 || t.kind > 19 {
		return fmt.Errorf("info word %#x", info)
	}
	for w := range len(t.data) / 4 {
		v := x.u32(t.data, 4*w)
		switch typeClass(info, w) {
		case typeID:
			if v >= uint32(len(x.types)) {
				return fmt.Errorf("names type %d of %d", v, len(x.types))
			}
			if to := x.types[v].kind; t.kind == 12 && to != 13 || t.kind == 15 && to != 14 && to != 12 {
				return fmt.Errorf("of kind %d refers to one of kind %d", t.kind, to)
			}
		case btfName:
			if _, err := text(x.strs, v); err != nil {
				return err
			}
		}
	}
	if t.kind == 15 {
		return x.datasec(t)
	}
	return nil
}

// datasec checks that variables are in their section, in order.
func (x *inspector) datasec(t *inspectedType) error {
	s, err := x.section(t.name)
	if err != nil {
		return err
	}
	if s == nil { // of externs
		return nil
	}
	size, end := uint64(x.u32(t.data, 8)), uint64(0)
	if size != s.size {
		return fmt.Errorf("section '%s' has %d bytes, not %d", t.name, s.size, size)
	}
	for v := t.data[12:]; len(v) > 0; v = v[12:] {
		off, n := uint64(x.u32(v, 4)), uint64(x.u32(v, 8))
		if to := &x.types[x.u32(v, 0)]; off == 0 && (to.kind == 12 && x.u32(to.data, 4)&0xffff == 2 || to.kind == 14 && x.u32(to.data, 12) == 2) {
			continue // an extern, which has no place yet
		}
		if off < end || off+n > size {
			return fmt.Errorf("section '%s' of %d bytes lists %d bytes at %d, after %d", t.name, size, n, off, end)
		}
		end = off
	}
	return nil
}

func (x *inspector) ext() error {
	s, err := x.section(".BTF.ext")
	if s == nil || err != nil {
		return err
	}
	d := s.data
	if x.bo.Uint16(d) != 0xeb9f || x.u32(d, 4) != 32 || x.types == nil {
		return fmt.Errorf("header of .BTF.ext: % x", d[:24])
	}
	next := uint32(0)
	for part := range 3 {
		off, size := x.u32(d, 8+8*part), x.u32(d, 12+8*part)
		if off != next {
			return fmt.Errorf("part %d of .BTF.ext is at %d, not %d", part, off, next)
		}
		next = off + size
		if err := x.part(part, d[32+off:][:size]); err != nil {
			return fmt.Errorf("part %d of .BTF.ext: %w", part, err)
		}
	}
	if uint64(next)+32 != s.size {
		return fmt.Errorf(".BTF.ext has %d bytes, not %d", s.size, next+32)
	}
	return nil
}

func (x *inspector) part(part int, b []byte) error {
	if len(b) == 0 {
		return nil
	}
	stride := x.u32(b, 0)
	if stride%4 != 0 || stride < 8 {
		return fmt.Errorf("records of %d bytes", stride)
	}
	for b = b[4:]; len(b) > 0; {
		name, err := text(x.strs, x.u32(b, 0))
		if err != nil {
			return err
		}
		s, err := x.section(name)
		if err != nil || s == nil || s.flags&4 == 0 || strings.HasPrefix(name, ".debug") {
			return fmt.Errorf("no code section '%s': %w", name, err)
		}
		n := x.u32(b, 4)
		prev := int64(-1)
		for b = b[8:]; n > 0; n, b = n-1, b[stride:] {
			off := uint64(x.u32(b, 0))
			if off >= s.size || off%8 != 0 || int64(off) < prev {
				return fmt.Errorf("record at %#x of '%s' of %#x bytes, after %#x", off, name, s.size, prev)
			}
			prev = int64(off)
			if err := x.record(part, b[:stride]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (x *inspector) record(part int, r []byte) error {
	for _, f := range records[part] {
		switch v := x.u32(r, f.off); f.class {
		case typeID:
			if v >= uint32(len(x.types)) || part == 0 && v != 0 && x.types[v].kind != 12 {
				return fmt.Errorf("record names type %d of %d", v, len(x.types))
			}
		case btfName:
			if _, err := text(x.strs, v); err != nil {
				return err
			}
		}
	}
	return nil
}
