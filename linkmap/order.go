package linkmap

import (
	"cmp"
	"slices"
	"sort"
)

// noPart is the part of a symbol that is in none: it is undefined, absolute, or in what the linker makes.
const noPart = -1

// order is which symbol is in which part, for both forms of the map.
type order struct {
	partOf []int // by symbol: index in Section.Parts, or noPart
	sorted []int // symbols by section, part and offset; those of one place as in the symbol table
}

func (m *Map) order() order {
	o := order{partOf: make([]int, len(m.Symbols)), sorted: make([]int, len(m.Symbols))}
	finders := make([]func(*Symbol) int, len(m.Sections))
	for i := range m.Symbols {
		o.sorted[i], o.partOf[i] = i, noPart
		s := &m.Symbols[i]
		if m.section(s.Section) == nil {
			continue
		}
		if finders[s.Section] == nil {
			finders[s.Section] = partFinder(m.Sections[s.Section].Parts)
		}
		o.partOf[i] = finders[s.Section](s)
	}
	slices.SortFunc(o.sorted, func(a, b int) int {
		x, y := &m.Symbols[a], &m.Symbols[b]
		return cmp.Or(cmp.Compare(x.Section, y.Section), cmp.Compare(o.partOf[a], o.partOf[b]),
			cmp.Compare(x.Offset, y.Offset), cmp.Compare(a, b))
	})
	return o
}

// partFinder returns a function that finds the part of a symbol: the last one of the symbol's input that does not start
// behind it. Empty parts share their offset with others, so the offset alone does not tell.
func partFinder(parts []Part) func(*Symbol) int {
	byInput := make([]int, len(parts))
	for i := range byInput {
		byInput[i] = i
	}
	before := func(i int, input int, offset uint64) int {
		return cmp.Or(cmp.Compare(parts[i].Input, input), cmp.Compare(parts[i].Offset, offset))
	}
	slices.SortStableFunc(byInput, func(a, b int) int { return before(a, parts[b].Input, parts[b].Offset) })
	return func(s *Symbol) int {
		n := sort.Search(len(byInput), func(k int) bool { return before(byInput[k], s.Input, s.Offset) > 0 })
		if n == 0 || parts[byInput[n-1]].Input != s.Input {
			return noPart
		}
		return byInput[n-1]
	}
}

// section returns a section, nil if the number stands for none.
func (m *Map) section(i int) *Section {
	if i < 0 || i >= len(m.Sections) {
		return nil
	}
	return &m.Sections[i]
}

// share is what an input, or the linker, put into the output, in bytes by kind of section.
type share struct{ code, data, other uint64 }

func (s share) total() uint64 { return s.code + s.data + s.other }

func (s *share) add(kind string, size uint64) {
	switch kind {
	case "code":
		s.code += size
	case "data", "zero", "maps":
		s.data += size
	default:
		s.other += size
	}
}

// shares returns what each input put into the output, and what is of no input: tables, BTF, padding.
func (m *Map) shares() (inputs []share, rest share) {
	inputs = make([]share, len(m.Inputs))
	for i := range m.Sections {
		s := &m.Sections[i]
		left := s.Size
		for _, p := range s.Parts {
			if p.Input < 0 || p.Input >= len(inputs) {
				continue
			}
			inputs[p.Input].add(s.Type, p.Size)
			left -= min(left, p.Size)
		}
		rest.add(s.Type, left)
	}
	return inputs, rest
}
