package btfgen

import (
	"fmt"
)

// extSection holds the records of one code section of the output.
type extSection struct {
	name  string
	parts []extPart
}

// extPart are the records of an object in one code section.
type extPart struct {
	*RecordSection
	ext *Ext
	Placement
}

// Placement says where the records of a section of an input come to be.
type Placement struct {
	// Place maps a record's offset to the output's, in bytes, or says that the record goes.
	Place func(off uint32) (uint32, bool)
	// Moved says that all records stay, and are as far from one another as they were.
	Moved bool
	// Retype has the records, by offset, that are to name another type than they do; it may be nil.
	Retype map[uint32]uint32
}

// AddRecords adds records of a code section of the output, the sections in the order of first
// mention. s is of x, which is as Add returned it.
func (m *Merger) AddRecords(k RecordKind, section string, x *Ext, s *RecordSection, p Placement) {
	n, ok := m.extOf[k][section]
	if !ok {
		n = len(m.ext[k])
		m.extOf[k][section] = n
		m.ext[k] = append(m.ext[k], extSection{name: section})
	}
	m.ext[k][n].parts = append(m.ext[k][n].parts, extPart{s, x, p})
}

// types appends the types that the records of a section name.
func (s *extSection) types(k RecordKind, to []uint32) []uint32 {
	if k == LineInfo {
		return to
	}
	for i := range s.parts {
		p := &s.parts[i]
		for r := range p.Len() {
			if _, stays := p.Place(p.Offset(r)); stays && p.typeOf(r) != 0 {
				to = append(to, p.typeOf(r))
			}
		}
	}
	return to
}

// typeOf returns the type that record i names in the output.
func (p *extPart) typeOf(i int) uint32 {
	r := p.Record(i)
	if id, ok := p.Retype[r[recOff]]; ok {
		return id
	}
	return r[recType]
}

// ext encodes .BTF.ext, whose strings are in .BTF's string section.
func (e *emitter) ext() ([]byte, error) {
	size := extHeader / 4
	for k := range recordKinds {
		size += e.m.partSize(k)
	}
	body := make([]uint32, extHeader/4, size)
	body[1] = extHeader
	for k := range recordKinds {
		from := len(body)
		var err error
		if body, err = e.records(body, k); err != nil {
			return nil, err
		}
		body[2+2*k], body[3+2*k] = uint32(from)*4-extHeader, uint32(len(body)-from)*4
	}
	if len(body) == extHeader/4 {
		return nil, nil
	}
	return withMagic(bytesOf(body, e.bo), e.bo), nil
}

// partSize returns how many words the records of a kind take at most.
func (m *Merger) partSize(k RecordKind) (n int) {
	stride := m.stride(k)
	for i := range m.ext[k] {
		n += 2 + m.ext[k][i].len()*stride
	}
	if n > 0 {
		n++
	}
	return n
}

// len returns how many records there are at most.
func (s *extSection) len() (n int) {
	for i := range s.parts {
		n += s.parts[i].Len()
	}
	return n
}

// stride returns how many words a record of the output takes.
func (m *Merger) stride(k RecordKind) int {
	n := recMinWords[k]
	for i := range m.ext[k] {
		for _, p := range m.ext[k][i].parts {
			n = max(n, p.stride)
		}
	}
	return n
}

// records appends one part of .BTF.ext.
func (e *emitter) records(body []uint32, k RecordKind) ([]uint32, error) {
	stride, first := e.m.stride(k), true
	for i := range e.m.ext[k] {
		s := &e.m.ext[k][i]
		if s.empty() {
			continue
		}
		if first {
			body = append(body, uint32(stride)*4)
			first = false
		}
		body = append(body, e.str(e.m.Intern(s.name)), 0)
		from, ordered := len(body), s.ordered(k)
		for j := range s.parts {
			var err error
			if body, err = e.part(body, k, stride, &s.parts[j], ordered); err != nil {
				return nil, err
			}
		}
		if !ordered {
			body = inOrder(body, from, stride)
			if k != CoreRelo {
				body = lastOfEach(body, from, stride)
			}
			for r := body[from:]; len(r) > 0; r = r[stride:] {
				e.strings(r, k, nil)
			}
		}
		body[from-1] = uint32((len(body) - from) / stride)
	}
	return body, nil
}

// empty reports whether no record stays.
func (s *extSection) empty() bool {
	for i := range s.parts {
		p := &s.parts[i]
		for r := range p.Len() {
			if _, stays := p.Place(p.Offset(r)); stays {
				return false
			}
		}
	}
	return true
}

// ordered reports whether the records are known to be in order of offset, with no two of func_info or line_info at one place.
func (s *extSection) ordered(k RecordKind) bool {
	next := uint32(0)
	for i := range s.parts {
		p := &s.parts[i]
		if p.Len() == 0 {
			continue
		}
		first, _ := p.Place(p.Offset(0))
		last, _ := p.Place(p.Offset(p.Len() - 1))
		if !p.Moved || !p.strict && k != CoreRelo || first < next {
			return false
		}
		next = last + 1
	}
	return true
}

// part appends the records of one object that stay. There is room for all in body. If they are not ordered, their
// strings are those of the merger: in the output they come to be in the order in which records use them.
func (e *emitter) part(body []uint32, k RecordKind, stride int, p *extPart, ordered bool) ([]uint32, error) {
	if p.ext.textAt == nil {
		p.ext.textAt = make([]uint32, len(p.ext.texts))
	}
	shift := uint32(0)
	if p.Moved && p.Len() > 0 {
		at, _ := p.Place(p.Offset(0))
		shift = at - p.Offset(0)
	}
	for i, r := 0, p.words; len(r) >= p.stride; i, r = i+1, r[p.stride:] {
		off, stays := r[recOff]+shift, true
		if !p.Moved {
			off, stays = p.Place(r[recOff])
		}
		if !stays {
			continue
		}
		n := len(body)
		body = body[:n+stride]
		w := body[n:]
		clear(w[copy(w, r[:p.stride]):])
		w[recOff] = off
		if k != LineInfo {
			id, err := e.recordType(k, p.typeOf(i))
			if err != nil {
				return nil, err
			}
			w[recType] = id
		}
		if ordered {
			e.strings(w, k, p.ext)
			continue
		}
		if k == LineInfo {
			w[recFile] = p.ext.texts[w[recFile]]
		}
		if k != FuncInfo {
			w[recText] = p.ext.texts[w[recText]]
		}
	}
	return body, nil
}

// strings gives a record the strings of the output for those of the merger, or for texts of x if it is not nil.
func (e *emitter) strings(r []uint32, k RecordKind, x *Ext) {
	if k == LineInfo {
		r[recFile] = e.fileOf(r[recFile], x)
	}
	if k != FuncInfo {
		r[recText] = e.textOf(r[recText], x)
	}
}

// textOf returns the offset in the output's string section. That of each text of an object is looked up once.
func (e *emitter) textOf(word uint32, x *Ext) uint32 {
	if x == nil {
		return e.str(word)
	}
	if off := x.textAt[word]; off != 0 {
		return off
	}
	off := e.str(x.texts[word])
	x.textAt[word] = off
	return off
}

// fileOf is textOf for the name of a source file, which may get another one.
func (e *emitter) fileOf(word uint32, x *Ext) uint32 {
	if e.m.fileName == nil {
		return e.textOf(word, x)
	}
	if x != nil {
		word = x.texts[word]
	}
	to, ok := e.files[word]
	if !ok {
		to = e.m.Intern(e.m.fileName(e.m.strs.At(word)))
		e.files[word] = to
	}
	return e.str(to)
}

// recordType returns the output type id of what a record names.
func (e *emitter) recordType(k RecordKind, node uint32) (uint32, error) {
	if node == 0 {
		return 0, nil
	}
	id := e.m.ids[e.m.resolve(node)]
	if id == 0 {
		return 0, fmt.Errorf("%s refers to a %s that goes: '%s'", recordNames[k], e.m.kind(node), e.m.name(node))
	}
	return id, nil
}

// inOrder puts the records from word from on in order of offset, if they are not, which is rare.
func inOrder(body []uint32, from, stride int) []uint32 {
	for at := from + stride; at < len(body); at += stride {
		if body[at] < body[at-stride] {
			return append(body[:from], sortedRecords(body[from:], stride)...)
		}
	}
	return body
}

// lastOfEach keeps of several func_info or line_info records of one instruction the last: the kernel takes one. There are several
// where an instruction was taken out.
func lastOfEach(body []uint32, from, stride int) []uint32 {
	to := from
	for at := from; at < len(body); at += stride {
		if next := at + stride; next < len(body) && body[next] == body[at] {
			continue
		}
		copy(body[to:], body[at:at+stride])
		to += stride
	}
	return body[:to]
}
