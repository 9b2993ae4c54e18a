package btfgen

import (
	"cmp"
	"fmt"
	"slices"
)

// extSection holds the records of one code section of the output.
type extSection struct {
	name    string
	records []extRecord
	words   []uint32 // of all records but their offsets, with nodes and interned strings
}

// extRecord is a record of .BTF.ext.
type extRecord struct {
	off  uint32 // of the instruction, in bytes
	at   uint32 // in words
	size uint32 // in words, the offset not counted
}

// AddRecords adds records of a code section of the output, the sections in the order of first
// mention. place maps a record's offset to the output's, in bytes, or says that the record goes. retype has
// the records, by offset, that are to name another type than they do; it may be nil.
func (m *Merger) AddRecords(k RecordKind, section string, obj int, t *Types, s *RecordSection, retype map[uint32]uint32, place func(off uint32) (uint32, bool)) {
	n, ok := m.extOf[k][section]
	if !ok {
		n = len(m.ext[k])
		m.extOf[k][section] = n
		m.ext[k] = append(m.ext[k], extSection{name: section})
	}
	sec := &m.ext[k][n]
	sec.records = slices.Grow(sec.records, s.Len())
	sec.words = slices.Grow(sec.words, s.Len()*(s.stride-1))
	m.widest[k] = max(m.widest[k], s.stride)
	var file lastString
	for i := range s.Len() {
		off, ok := place(s.Offset(i))
		if !ok {
			continue
		}
		sec.records = append(sec.records, extRecord{off, uint32(len(sec.words)), uint32(s.stride - 1)})
		sec.words = append(sec.words, s.Record(i)[1:]...)
		w := sec.words[len(sec.words)-(s.stride-1):]
		if id, ok := retype[s.Offset(i)]; ok {
			w[recType-1] = id
		}
		if k == LineInfo {
			w[recFile-1] = file.intern(m, t, w[recFile-1])
		} else {
			w[recType-1] = m.node(obj, w[recType-1])
		}
		if k != FuncInfo {
			w[recText-1] = m.strs.add(t.str(w[recText-1]))
		}
	}
}

// lastString remembers the number of one string: the records of an object name few files.
type lastString struct{ off, id uint32 }

func (l *lastString) intern(m *Merger, t *Types, off uint32) uint32 {
	if off != l.off {
		l.off, l.id = off, m.strs.add(t.str(off))
	}
	return l.id
}

// nodes appends the types that the records of a section name.
func (s *extSection) nodes(k RecordKind, to []uint32) []uint32 {
	if k == LineInfo {
		return to
	}
	for _, r := range s.records {
		if v := s.words[r.at+recType-1]; v != 0 {
			to = append(to, v)
		}
	}
	return to
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
		n += 2 + len(m.ext[k][i].records)*m.stride(k)
	}
	if n > 0 {
		n++
	}
	return n
}

// stride returns how many words a record of the output takes.
func (m *Merger) stride(k RecordKind) int {
	return max(m.widest[k], recMinWords[k])
}

// records appends one part of .BTF.ext.
func (e *emitter) records(body []uint32, k RecordKind) ([]uint32, error) {
	m := e.m
	stride, first := m.stride(k), true
	for i := range m.ext[k] {
		s := &m.ext[k][i]
		if len(s.records) == 0 {
			continue
		}
		if first {
			body = append(body, uint32(stride)*4)
			first = false
		}
		byOffset := func(a, b extRecord) int { return cmp.Compare(a.off, b.off) }
		if !slices.IsSortedFunc(s.records, byOffset) {
			slices.SortStableFunc(s.records, byOffset)
		}
		if k == LineInfo {
			s.records = lastOfEach(s.records)
		}
		body = append(body, e.str(m.strs.add(s.name)), uint32(len(s.records)))
		for _, r := range s.records {
			from := len(body)
			body = append(append(body, r.off), s.words[r.at:r.at+r.size]...)
			for len(body) < from+stride {
				body = append(body, 0)
			}
			if err := e.record(k, body[from:]); err != nil {
				return nil, err
			}
		}
	}
	return body, nil
}

// lastOfEach keeps of several line_info records of one instruction the last: the kernel takes one. There are several
// where an instruction was taken out.
func lastOfEach(records []extRecord) []extRecord {
	kept := records[:0]
	for i, r := range records {
		if i+1 < len(records) && records[i+1].off == r.off {
			continue
		}
		kept = append(kept, r)
	}
	return kept
}

// record gives a record the ids and strings of the output.
func (e *emitter) record(k RecordKind, r []uint32) error {
	if node := r[recType]; k != LineInfo && node != 0 {
		if r[recType] = e.m.ids[e.m.resolve(node)]; r[recType] == 0 {
			return fmt.Errorf("%s refers to a %s that goes: '%s'", recordNames[k], infoKind(e.m.at(node)[wInfo]), e.m.name(node))
		}
	}
	if k == LineInfo {
		r[recFile] = e.str(r[recFile])
	}
	if k != FuncInfo {
		r[recText] = e.str(r[recText])
	}
	return nil
}
