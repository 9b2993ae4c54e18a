package linker

import (
	"cmp"
	"slices"

	"github.com/bpfsdt/bpf-sdt-link/object"
)

// loseMap lets a second definition of a map give way to the first, if they are the same as far as sections tell: size and
// initial contents. Whether their types are shows when BTF is compared, as for any two mentions of a name.
func (l *link) loseMap(g *global, u *unit, i uint32) bool {
	first := symbolRef{g.def, g.sym}
	if !l.opts.AllowMultiple || !isMapSymbol(first) || !isMapSymbol(symbolRef{u, i}) || !sameContents(first, symbolRef{u, i}) {
		return false
	}
	u.lostMaps = append(u.lostMaps, i)
	return true
}

// isMapSymbol reports whether a symbol is a BTF-defined map.
func isMapSymbol(r symbolRef) bool {
	s := &r.unit.Obj.Symbols[r.sym]
	return s.Defined() && s.Type == object.TypeObject && r.unit.Obj.Sections[s.Section].Name == ".maps" && r.unit.Types != nil
}

// maxInitial is more than any map holds from the start. Many symbols can stand for the same bytes.
const maxInitial = 1 << 12

// sameContents compares what two maps hold from the start: nothing, or pointers to the same global programs and maps.
func sameContents(a, b symbolRef) bool {
	ra, rb := a.relocs(), b.relocs()
	if len(ra) > maxInitial {
		return false
	}
	if a.unit.Obj.Symbols[a.sym].Size != b.unit.Obj.Symbols[b.sym].Size || len(ra) != len(rb) {
		return false
	}
	for i := range ra {
		to, other := &a.unit.Obj.Symbols[ra[i].Sym], &b.unit.Obj.Symbols[rb[i].Sym]
		if ra[i].Offset != rb[i].Offset || ra[i].Type != rb[i].Type || to.Bind == object.Local || other.Bind == object.Local || to.Name != other.Name {
			return false
		}
	}
	return true
}

// relocs returns the relocations within a variable, by offset, with offsets from its start.
func (r symbolRef) relocs() (list []object.Reloc) {
	s := &r.unit.Obj.Symbols[r.sym]
	all := r.unit.relocsByOffset(int(s.Section))
	i, _ := slices.BinarySearchFunc(all, s.Value, func(r object.Reloc, off uint64) int { return cmp.Compare(r.Offset, off) })
	for _, rel := range all[i:] {
		if rel.Offset-s.Value >= s.Size || len(list) > maxInitial {
			break
		}
		rel.Offset -= s.Value
		list = append(list, rel)
	}
	return list
}

// relocsByOffset returns the relocations of a section of maps in order.
func (u *unit) relocsByOffset(section int) []object.Reloc {
	sorted, ok := u.mapRelocs[section]
	if !ok {
		sorted = slices.Clone(u.Obj.Sections[section].Relocs)
		slices.SortStableFunc(sorted, func(a, b object.Reloc) int { return cmp.Compare(a.Offset, b.Offset) })
		if u.mapRelocs == nil {
			u.mapRelocs = map[int][]object.Reloc{}
		}
		u.mapRelocs[section] = sorted
	}
	return sorted
}

// inLostMap reports whether a place is in a map that gives way to another object's.
func (u *unit) inLostMap(section int, off uint64) bool {
	if len(u.lostMaps) == 0 {
		return false
	}
	if u.lost == nil {
		u.lost = map[int][]span{}
		for _, i := range u.lostMaps {
			s := &u.Obj.Symbols[i]
			u.lost[int(s.Section)] = append(u.lost[int(s.Section)], span{s.Value, s.Value + s.Size})
		}
		for section, list := range u.lost {
			u.lost[section] = joined(list)
		}
	}
	list := u.lost[section]
	i, _ := slices.BinarySearchFunc(list, off, func(s span, off uint64) int { return cmp.Compare(s.end, off+1) })
	return i < len(list) && list[i].start <= off
}

// span is a part of a section, in bytes.
type span struct{ start, end uint64 }

// joined returns spans in order, those that overlap joined.
func joined(list []span) []span {
	slices.SortFunc(list, func(a, b span) int { return cmp.Compare(a.start, b.start) })
	n := 0
	for _, s := range list {
		if n > 0 && s.start <= list[n-1].end {
			list[n-1].end = max(list[n-1].end, s.end)
			continue
		}
		list[n] = s
		n++
	}
	return list[:n]
}
