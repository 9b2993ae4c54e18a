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
	retype map[uint32]uint32
	place  func(off uint32) (uint32, bool)
}

// AddRecords adds records of a code section of the output, the sections in the order of first
// mention. They are as Add returned them. place maps a record's offset to the output's, in bytes, or says that the record
// goes. retype has the records, by offset, that are to name another type than they do; it may be nil.
func (m *Merger) AddRecords(k RecordKind, section string, s *RecordSection, retype map[uint32]uint32, place func(off uint32) (uint32, bool)) {
	n, ok := m.extOf[k][section]
	if !ok {
		n = len(m.ext[k])
		m.extOf[k][section] = n
		m.ext[k] = append(m.ext[k], extSection{name: section})
	}
	m.ext[k][n].parts = append(m.ext[k][n].parts, extPart{s, retype, place})
}

// types appends the types that the records of a section name.
func (s *extSection) types(k RecordKind, to []uint32) []uint32 {
	if k == LineInfo {
		return to
	}
	for i := range s.parts {
		p := &s.parts[i]
		for r := range p.Len() {
			if _, stays := p.place(p.Offset(r)); stays && p.typeOf(r) != 0 {
				to = append(to, p.typeOf(r))
			}
		}
	}
	return to
}

// typeOf returns the type that record i names in the output.
func (p *extPart) typeOf(i int) uint32 {
	r := p.Record(i)
	if id, ok := p.retype[r[recOff]]; ok {
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
	if size == extHeader/4 {
		return nil, nil
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
	return withMagic(bytesOf(body, e.bo), e.bo), nil
}

// partSize returns how many words the records of a kind take at most.
func (m *Merger) partSize(k RecordKind) (n int) {
	for i := range m.ext[k] {
		n += 2 + m.ext[k][i].len()*m.stride(k)
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
		start := len(body)
		if first {
			body = append(body, uint32(stride)*4)
		}
		body = append(body, e.str(e.m.intern(s.name)), 0)
		from := len(body)
		for j := range s.parts {
			body = s.parts[j].appendTo(body, k, stride)
		}
		if len(body) == from {
			body = body[:start]
			continue
		}
		first = false
		body = inOrder(body, from, stride)
		if k == LineInfo {
			body = lastOfEach(body, from, stride)
		}
		if err := e.translate(body[from:], k, stride); err != nil {
			return nil, err
		}
		body[from-1] = uint32((len(body) - from) / stride)
	}
	return body, nil
}

// appendTo appends the records that stay, with their places in the output. There is room for all in body.
func (p *extPart) appendTo(body []uint32, k RecordKind, stride int) []uint32 {
	for i, r := 0, p.words; len(r) >= p.stride; i, r = i+1, r[p.stride:] {
		off, stays := p.place(r[recOff])
		if !stays {
			continue
		}
		n := len(body)
		body = body[:n+stride]
		w := body[n:]
		clear(w[copy(w, r[:p.stride]):])
		w[recOff] = off
		if k != LineInfo {
			w[recType] = p.typeOf(i)
		}
	}
	return body
}

// translate gives records the ids and strings of the output. Strings come to be in the order in which records use them.
func (e *emitter) translate(records []uint32, k RecordKind, stride int) (err error) {
	for r := records; len(r) > 0; r = r[stride:] {
		if k == LineInfo {
			r[recFile], r[recText] = e.str(r[recFile]), e.str(r[recText])
			continue
		}
		if r[recType], err = e.recordType(k, r[recType]); err != nil {
			return err
		}
		if k == CoreRelo {
			r[recText] = e.str(r[recText])
		}
	}
	return nil
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

// lastOfEach keeps of several line_info records of one instruction the last: the kernel takes one. There are several
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
