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

// Edit puts instructions into a section, in place of one that goes or between two.
type Edit struct {
	At  uint64 // bytes: the first byte that goes, or before which New is put
	Old uint64 // number of bytes that go: those of one instruction, or none
	New []byte // whole instructions
	// Where positions of the old code that are At come to be: at the start of New, or behind it. An edit that takes an
	// instruction away has both at its start.
	Refs  bool // symbols, calls, records of .BTF.ext are at the start
	Jumps bool // jumps within the function land at the start
	// Targets are the instructions in New that jump to old code.
	Targets []EditTarget
	// Calls are the calls in New that get relocations.
	Calls []EditCall
}

// EditTarget is a jump from new code to old code.
type EditTarget struct {
	Off    uint64 // of the jump, bytes from the start of New
	Target uint64 // in the old code, bytes
}

// EditCall is a call in new code.
type EditCall struct {
	Off    uint64 // of the call, bytes from the start of New
	Callee int    // a number that means something to whoever made the edit
}

// Map maps positions of a section before an edit to positions after it. Everything that names a
// position goes through it: relocations and their addends, symbols, .BTF.ext, notes and jump
// tables. A nil Map moves nothing.
//
// Where code is put in, "the new position" has three meanings: where a reference to the place leads (At), where a jump
// to it leads (Jump), and where the instruction itself is that stood there (Insn).
type Map struct {
	steps []step
	out   []uint64 // out[i] is the new position of the start of steps[i]
}

// step is a cut or an edit. Steps are in order of start; of those with one start the last may take bytes away.
type step struct {
	start, end uint64
	edit       *Edit // nil: a cut
}

func (s *step) added() uint64 {
	if s.edit == nil {
		return 0
	}
	return uint64(len(s.edit.New))
}

// rank orders the edits at one position: first what belongs to the instruction before, then what is put in front of a
// function's first instruction, then what takes the place of an instruction.
func (e *Edit) rank() int {
	switch {
	case !e.Refs:
		return 0
	case !e.Jumps:
		return 1
	case e.Old == 0:
		return 2
	}
	return 3
}

// NewMap returns the map of an edit that removes ranges, which may overlap, and makes edits, of which those within a
// range that goes count for nothing. It returns nil if there is nothing to do. Edits must not overlap.
func NewMap(cuts []Cut, edits ...Edit) *Map {
	slices.SortFunc(cuts, func(a, b Cut) int { return cmp.Compare(a.Start, b.Start) })
	m := &Map{}
	for _, c := range cuts {
		if n := len(m.steps); n > 0 && c.Start <= m.steps[n-1].end {
			m.steps[n-1].end = max(m.steps[n-1].end, c.End)
			continue
		}
		m.steps = append(m.steps, step{start: c.Start, end: c.End})
	}
	ranges := m.steps
	for i := range edits {
		e := &edits[i]
		k := sort.Search(len(ranges), func(k int) bool { return ranges[k].end > e.At })
		if k < len(ranges) && ranges[k].start <= e.At {
			continue
		}
		m.steps = append(m.steps, step{e.At, e.At + e.Old, e})
	}
	if len(m.steps) == 0 {
		return nil
	}
	slices.SortStableFunc(m.steps, func(a, b step) int {
		rank := func(s *step) int {
			if s.edit == nil {
				return 3
			}
			return s.edit.rank()
		}
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(rank(&a), rank(&b)))
	})
	m.out = make([]uint64, len(m.steps))
	old, pos := uint64(0), uint64(0)
	for i := range m.steps {
		s := &m.steps[i]
		pos += s.start - old
		m.out[i] = pos
		old, pos = s.end, pos+s.added()
	}
	return m
}

// first returns the index of the first step at or behind a position, the new position that old has if none is at it,
// and whether old is inside a range that goes.
func (m *Map) first(old uint64) (i int, at uint64, gone bool) {
	i = sort.Search(len(m.steps), func(i int) bool { return m.steps[i].start >= old })
	if i == 0 {
		return 0, old, false
	}
	s := &m.steps[i-1]
	if s.end > old {
		return i, m.out[i-1], true
	}
	return i, m.out[i-1] + s.added() + old - s.end, false
}

func (m *Map) position(old uint64, stop func(e *Edit) bool) (uint64, bool) {
	if m == nil {
		return old, true
	}
	i, at, gone := m.first(old)
	if gone {
		return at, false
	}
	for ; i < len(m.steps) && m.steps[i].start == old; i++ {
		s := &m.steps[i]
		if s.edit == nil {
			return m.out[i], false
		}
		if s.end > s.start || stop(s.edit) {
			return m.out[i], true
		}
		at = m.out[i] + s.added()
	}
	return at, true
}

// At returns where references to an old position lead, and whether what stood there stays. The end of a
// section is a position that stays, and so is an instruction that an edit replaces.
func (m *Map) At(old uint64) (uint64, bool) {
	return m.position(old, func(e *Edit) bool { return e.Refs })
}

// Jump returns where jumps to an old position lead, as At does.
func (m *Map) Jump(old uint64) (uint64, bool) {
	return m.position(old, func(e *Edit) bool { return e.Jumps })
}

// Insn returns where the instruction is that stood at an old position, as At does.
func (m *Map) Insn(old uint64) (uint64, bool) {
	return m.position(old, func(*Edit) bool { return false })
}

// Size returns the size of the section after the edit.
func (m *Map) Size(old uint64) uint64 {
	at, _ := m.Insn(old)
	return at
}

// Edits calls fn for each edit, with the new position of its first instruction.
func (m *Map) Edits(fn func(e *Edit, pos uint64)) {
	if m == nil {
		return
	}
	for i := range m.steps {
		if e := m.steps[i].edit; e != nil {
			fn(e, m.out[i])
		}
	}
}

// Replaced reports whether an edit takes the instruction at an old position away.
func (m *Map) Replaced(old uint64) bool {
	if m == nil {
		return false
	}
	i, _, _ := m.first(old)
	for ; i < len(m.steps) && m.steps[i].start == old; i++ {
		if m.steps[i].edit != nil && m.steps[i].end > old {
			return true
		}
	}
	return false
}

// Apply returns the contents of a code section after the edit. Instructions that refer to others by
// distance are patched, except where relocated says that a relocation gives the target. It fails with a
// *DanglingError or a *RangeError.
//
// A goto that does not reach becomes a gotol if long says that the code is for processors that have it.
func (m *Map) Apply(bo binary.ByteOrder, data []byte, relocated func(off uint64) bool, long bool) ([]byte, error) {
	if m == nil {
		return data, nil
	}
	out := make([]byte, 0, m.Size(uint64(len(data))))
	from := uint64(0)
	for i := range m.steps {
		s := &m.steps[i]
		out = append(out, data[from:s.start]...)
		if s.edit != nil {
			out = append(out, s.edit.New...)
		}
		from = s.end
	}
	out = append(out, data[from:]...)
	var failed error
	m.eachDistance(bo, data, relocated, func(d Distance) bool {
		switch {
		case d.gone:
			failed = &DanglingError{Offset: d.Old, Target: d.oldTarget}
		case !d.set(bo, out, long):
			failed = &RangeError{Offset: d.Old, Target: d.oldTarget}
		}
		return failed == nil
	})
	if failed != nil {
		return nil, failed
	}
	return out, nil
}

// Distance is an instruction that refers to another by distance, after an edit.
type Distance struct {
	Old     uint64 // where it was; for one that an edit brings, the place of the edit
	At      uint64 // where it is
	Target  uint64 // where it leads to
	Fits    bool   // whether the field for the distance is wide enough
	Goto    bool   // it is a goto, which has a longer form
	ByEdit  bool   // an edit brings it
	OldData []byte // the instruction as it was

	oldTarget uint64
	gone      bool
}

// set patches an instruction in the new code.
func (d *Distance) set(bo binary.ByteOrder, out []byte, long bool) bool {
	if !d.Fits && d.Goto && long {
		bo.PutUint16(out[d.At+2:], 0)
		out[d.At] = opGotol
	}
	return SetTarget(bo, out, d.At, int64(d.Target))
}

// Distances calls fn for every instruction that refers to another by distance, but those that a relocation gives the
// target of, until fn returns false.
func (m *Map) Distances(bo binary.ByteOrder, data []byte, relocated func(off uint64) bool, fn func(d Distance) bool) {
	if m != nil {
		m.eachDistance(bo, data, relocated, fn)
	}
}

func (m *Map) eachDistance(bo binary.ByteOrder, data []byte, relocated func(off uint64) bool, fn func(d Distance) bool) {
	for off := uint64(0); off+InsnSize <= uint64(len(data)); off = Next(data, off) {
		at, stays := m.Insn(off)
		if !stays || m.Replaced(off) {
			continue
		}
		target, ok := Target(bo, data, off)
		if !ok || target < 0 || target > int64(len(data)) || relocated(off) {
			continue
		}
		d := m.distance(data[off], off, at, uint64(target))
		d.OldData = data[off:][:InsnSize]
		if !fn(d) {
			return
		}
	}
	for i := range m.steps {
		e := m.steps[i].edit
		if e == nil {
			continue
		}
		for _, t := range e.Targets {
			d := m.distance(e.New[t.Off], e.At, m.out[i]+t.Off, t.Target)
			d.ByEdit = true
			if !fn(d) {
				return
			}
		}
	}
}

func (m *Map) distance(op byte, old, at, oldTarget uint64) Distance {
	d := Distance{Old: old, At: at, Goto: op == opGoto, oldTarget: oldTarget}
	move := m.Jump
	if op == opCall || op == opLdImm64 {
		move = m.At
	}
	to, stays := move(oldTarget)
	d.Target, d.gone = to, !stays
	n := (int64(to) - int64(at) - InsnSize) / InsnSize
	d.Fits = n == int64(int16(n))
	if op == opCall || op == opLdImm64 || op == opGotol {
		d.Fits = n == int64(int32(n))
	}
	return d
}

// DanglingError is an instruction that stays and refers to one that goes.
type DanglingError struct{ Offset, Target uint64 }

// Error names both instructions by their positions.
func (e *DanglingError) Error() string {
	return fmt.Sprintf("instruction at %#x refers to %#x, which is removed", e.Offset, e.Target)
}

// RangeError is an instruction whose target an edit moves out of its reach. Positions are those before the edit.
type RangeError struct{ Offset, Target uint64 }

// Error names both instructions by their positions.
func (e *RangeError) Error() string {
	return fmt.Sprintf("instruction at %#x does not reach %#x any more", e.Offset, e.Target)
}

// Before returns the old position of a new one: the inverse of At for what stays. New code is taken to be where its
// edit is.
func (m *Map) Before(pos uint64) uint64 {
	if m == nil {
		return pos
	}
	i := sort.Search(len(m.steps), func(i int) bool { return m.out[i]+m.steps[i].added() > pos })
	if i < len(m.steps) && m.out[i] <= pos {
		return m.steps[i].start
	}
	if i == 0 {
		return pos
	}
	s := &m.steps[i-1]
	return s.end + pos - m.out[i-1] - s.added()
}

// Longer returns edits that make conditional jumps which do not reach their targets go by way of a gotol. It needs
// a processor that has gotol, of -mcpu=v4. The caller makes a new map with them, and asks again until there are none.
func (m *Map) Longer(bo binary.ByteOrder, data []byte, relocated func(off uint64) bool) (edits []Edit, err error) {
	m.Distances(bo, data, relocated, func(d Distance) bool {
		if d.Fits || d.Goto || d.gone {
			return true
		}
		if d.ByEdit {
			err = &RangeError{Offset: d.Old, Target: d.oldTarget}
			return false
		}
		edits = append(edits, viaGotol(bo, d))
		return true
	})
	return edits, err
}

// viaGotol replaces "if c goto far" by "if c goto +1; goto +1; gotol far".
func viaGotol(bo binary.ByteOrder, d Distance) Edit {
	code := make([]byte, 3*InsnSize)
	copy(code, d.OldData)
	bo.PutUint16(code[2:], 1)
	code[InsnSize] = opGoto
	bo.PutUint16(code[InsnSize+2:], 1)
	code[2*InsnSize] = opGotol
	return Edit{At: d.Old, Old: InsnSize, New: code, Refs: true, Jumps: true,
		Targets: []EditTarget{{Off: 2 * InsnSize, Target: d.oldTarget}}}
}
