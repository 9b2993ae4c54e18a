package golden

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// record is a func_info, line_info or CO-RE record of .BTF.ext.
type record struct {
	off  uint32 // of the instruction, in bytes from the start of the section
	typ  uint32 // func_info, core: type id
	file string // line_info
	text string // line_info: the source; core: the access string
	line uint32
	col  uint32
	kind uint32 // core
}

// sectionInfo holds the records for one section, in the order of the file.
type sectionInfo struct {
	funcs, lines, relos []record
	unsorted            bool
}

// btfExt is a decoded .BTF.ext section, by the names of code sections.
type btfExt struct {
	sections map[string]*sectionInfo
}

// The sizes of the records that are read, in bytes; longer ones are legal and the rest is skipped.
const (
	funcInfoSize = 8
	lineInfoSize = 16
	coreReloSize = 16
)

func readExt(order binary.ByteOrder, data []byte, b *btf) (*btfExt, error) {
	if len(data) < 24 {
		return nil, errTruncated
	}
	if m := order.Uint16(data); m != btfMagic {
		return nil, fmt.Errorf("magic %#x", m)
	}
	if v := data[2]; v != 1 {
		return nil, fmt.Errorf("version %d", v)
	}
	hdr := uint64(order.Uint32(data[4:]))
	if hdr < 24 || hdr > uint64(len(data)) {
		return nil, fmt.Errorf("header of %d bytes", hdr)
	}
	x := &btfExt{sections: map[string]*sectionInfo{}}
	for _, part := range []struct {
		name string
		at   uint64 // of the part's offset and size in the header
		size uint32
		add  func(*sectionInfo, *cursor) error
	}{
		{"func_info", 8, funcInfoSize, b.addFunc},
		{"line_info", 16, lineInfoSize, b.addLine},
		{"core_relo", 24, coreReloSize, b.addCore},
	} {
		if part.at+8 > hdr {
			break // a header of 24 bytes has no CO-RE relocations
		}
		body, ok := cut(data, hdr+uint64(order.Uint32(data[part.at:])), uint64(order.Uint32(data[part.at+4:])))
		if !ok {
			return nil, fmt.Errorf("%s is outside the section", part.name)
		}
		if err := x.part(&cursor{order: order, data: body}, b, part.size, part.add); err != nil {
			return nil, fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return x, nil
}

// part reads one of the three parts: a record size, then for each section a name, a count and the records.
func (x *btfExt) part(c *cursor, b *btf, atLeast uint32, add func(*sectionInfo, *cursor) error) error {
	if len(c.data) == 0 {
		return nil
	}
	size := c.u32()
	if size < atLeast || size%4 != 0 {
		return fmt.Errorf("records of %d bytes", size)
	}
	for len(c.data) > 0 {
		nameOff, n := c.u32(), c.u32()
		if c.short {
			return errTruncated
		}
		name, err := b.str(nameOff)
		if err != nil {
			return err
		}
		body, ok := cut(c.data, 0, uint64(n)*uint64(size))
		if !ok {
			return errTruncated
		}
		c.data = c.data[len(body):]
		info := x.sections[name]
		if info == nil {
			info = &sectionInfo{}
			x.sections[name] = info
		}
		prev, first := uint32(0), true
		for ; len(body) > 0; body = body[size:] {
			r := &cursor{order: c.order, data: body[:size]}
			off := c.order.Uint32(body)
			if off < prev && !first {
				info.unsorted = true
			}
			prev, first = off, false
			if err := add(info, r); err != nil {
				return fmt.Errorf("%s+%#x: %w", name, off, err)
			}
		}
	}
	return nil
}

func (b *btf) typeRef(id uint32) (uint32, error) {
	if uint64(id) >= uint64(len(b.types)) {
		return 0, fmt.Errorf("type %d of %d", id, len(b.types))
	}
	b.extRoots = append(b.extRoots, id)
	return id, nil
}

func (b *btf) addFunc(s *sectionInfo, c *cursor) (err error) {
	r := record{off: c.u32()}
	if r.typ, err = b.typeRef(c.u32()); err != nil {
		return err
	}
	if b.types[r.typ].kind != kindFunc {
		return errors.New("type is no function")
	}
	s.funcs = append(s.funcs, r)
	return nil
}

func (b *btf) addLine(s *sectionInfo, c *cursor) (err error) {
	r := record{off: c.u32()}
	if r.file, err = b.str(c.u32()); err != nil {
		return err
	}
	if r.text, err = b.str(c.u32()); err != nil {
		return err
	}
	r.text = strings.TrimSpace(r.text)
	where := c.u32()
	r.line, r.col = where>>10, where&0x3ff
	s.lines = append(s.lines, r)
	return nil
}

func (b *btf) addCore(s *sectionInfo, c *cursor) (err error) {
	r := record{off: c.u32()}
	if r.typ, err = b.typeRef(c.u32()); err != nil {
		return err
	}
	if r.text, err = b.str(c.u32()); err != nil {
		return err
	}
	r.kind = c.u32()
	s.relos = append(s.relos, r)
	return nil
}

// coreKinds are the names of enum bpf_core_relo_kind of include/uapi/linux/bpf.h.
var coreKinds = []string{
	"byte offset of field", "byte size of field", "existence of field", "signedness of field", "left shift of field",
	"right shift of field", "local id of type", "target id of type", "existence of type", "size of type",
	"existence of enumerator", "value of enumerator", "match of type",
}

func coreKind(k uint32) string {
	if uint64(k) < uint64(len(coreKinds)) {
		return coreKinds[k]
	}
	return fmt.Sprintf("relocation kind %d of", k)
}
