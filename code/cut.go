package code

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
	"sort"
)

// Cut is a range of a section that goes, in bytes.
type Cut struct{ Start, End uint64 }

// Map maps positions of a section before an edit to positions after it. Everything that names a
// position goes through it: relocations and their addends, symbols, .BTF.ext, notes and jump
// tables. A nil Map moves nothing.
type Map struct {
	cuts []Cut
	gone []uint64 // gone[i] is the number of bytes cut before the end of cuts[i]
}

// NewMap returns the map of an edit that removes ranges, which may overlap. It returns nil for none.
func NewMap(cuts []Cut) *Map {
	if len(cuts) == 0 {
		return nil
	}
	slices.SortFunc(cuts, func(a, b Cut) int { return cmp.Compare(a.Start, b.Start) })
	m := &Map{}
	total := uint64(0)
	for _, c := range cuts {
		if n := len(m.cuts); n > 0 && c.Start <= m.cuts[n-1].End {
			if last := &m.cuts[n-1]; c.End > last.End {
				total += c.End - last.End
				last.End, m.gone[n-1] = c.End, total
			}
			continue
		}
		total += c.End - c.Start
		m.cuts, m.gone = append(m.cuts, c), append(m.gone, total)
	}
	return m
}

// At returns the new position of an old one, and whether what stood there stays. The end of a
// section is a position that stays.
func (m *Map) At(old uint64) (uint64, bool) {
	if m == nil {
		return old, true
	}
	i := sort.Search(len(m.cuts), func(i int) bool { return m.cuts[i].End > old })
	before := uint64(0)
	if i > 0 {
		before = m.gone[i-1]
	}
	if i < len(m.cuts) && m.cuts[i].Start <= old {
		return m.cuts[i].Start - before, false
	}
	return old - before, true
}

// Size returns the size of the section after the edit.
func (m *Map) Size(old uint64) uint64 {
	if m == nil {
		return old
	}
	return old - m.gone[len(m.gone)-1]
}

// Apply returns the contents of a code section after the edit. Instructions that refer to others by
// distance are patched, except where relocated says that a relocation gives the target. The
// error names the position, in the old section, of an instruction that stays and whose target goes.
func (m *Map) Apply(bo binary.ByteOrder, data []byte, relocated func(off uint64) bool) ([]byte, error) {
	if m == nil {
		return data, nil
	}
	out := make([]byte, 0, m.Size(uint64(len(data))))
	from := uint64(0)
	for _, c := range m.cuts {
		out = append(out, data[from:c.Start]...)
		from = c.End
	}
	out = append(out, data[from:]...)
	for off := uint64(0); off+InsnSize <= uint64(len(data)); off = Next(data, off) {
		at, stays := m.At(off)
		if !stays {
			continue
		}
		target, ok := Target(bo, data, off)
		if !ok || target < 0 || target > int64(len(data)) || relocated(off) {
			continue
		}
		to, stays := m.At(uint64(target))
		if !stays {
			return nil, &DanglingError{Offset: off, Target: uint64(target)}
		}
		SetTarget(bo, out, at, int64(to)) // distances only shrink
	}
	return out, nil
}

// DanglingError is an instruction that stays and refers to one that goes.
type DanglingError struct{ Offset, Target uint64 }

func (e *DanglingError) Error() string {
	return fmt.Sprintf("instruction at %#x refers to %#x, which is removed", e.Offset, e.Target)
}

// Before returns the old position of a new one that stays: the inverse of At.
func (m *Map) Before(pos uint64) uint64 {
	if m == nil {
		return pos
	}
	i := sort.Search(len(m.cuts), func(i int) bool { return m.cuts[i].End-m.gone[i] > pos })
	if i == 0 {
		return pos
	}
	return pos + m.gone[i-1]
}
