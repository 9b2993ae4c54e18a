package linker

import (
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

// sameContents compares what two maps hold from the start: nothing, or pointers to the same global programs and maps.
func sameContents(a, b symbolRef) bool {
	ra, rb := a.relocs(), b.relocs()
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

// relocs returns the relocations within a variable, with offsets from its start.
func (r symbolRef) relocs() (list []object.Reloc) {
	s := &r.unit.Obj.Symbols[r.sym]
	for _, rel := range r.unit.Obj.Sections[s.Section].Relocs {
		if rel.Offset >= s.Value && rel.Offset-s.Value < s.Size {
			rel.Offset -= s.Value
			list = append(list, rel)
		}
	}
	return list
}

// inLostMap reports whether a place is in a map that gives way to another object's.
func (u *unit) inLostMap(section int, off uint64) bool {
	for _, i := range u.lostMaps {
		if s := &u.Obj.Symbols[i]; int(s.Section) == section && off >= s.Value && off-s.Value < s.Size {
			return true
		}
	}
	return false
}
