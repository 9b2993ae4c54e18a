package linker

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/bpfsdt/bpf-sdt-link/btfgen"
	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/notes"
	"github.com/bpfsdt/bpf-sdt-link/object"
)

// mergeBTF makes the output's .BTF and .BTF.ext.
func (l *link) mergeBTF() error {
	for _, u := range l.units {
		if err := l.ctx.Err(); err != nil {
			return err
		}
		if u.Types != nil {
			l.settleDeclarations(u)
			l.separateFuncs(u)
			l.renameTypes(u)
		}
		for _, a := range u.aliases {
			l.merger.Alias(a.id, a.toID)
		}
	}
	l.mapFiles()
	l.markSites()
	l.dataSections()
	for _, u := range l.units {
		l.records(u)
	}
	if err := l.ctx.Err(); err != nil {
		return err
	}
	var err error
	if l.btf, l.ext, err = l.merger.Finish(l.order); err != nil {
		l.log.Add(diag.Errorf("btf", diag.Place{Object: l.units[0].Obj.Name}, "the BTF of the inputs does not go together: %s", err))
	}
	return nil
}

// mapFiles gives source files the names that options ask for.
func (l *link) mapFiles() {
	if len(l.opts.PrefixMap) == 0 {
		return
	}
	l.merger.MapFiles(func(name string) string {
		for _, m := range slices.Backward(l.opts.PrefixMap) {
			if rest, ok := strings.CutPrefix(name, m.Old); ok {
				return m.New + rest
			}
		}
		return name
	})
}

// settleDeclarations decides for every VAR and FUNC of an input whether it stays.
func (l *link) settleDeclarations(u *unit) {
	t := u.Types
	dead := l.deadFuncs(u)
	for _, id := range u.Index.Decls {
		switch {
		case dead[id]:
			l.merger.Drop(id)
		case l.isProbeDecl(u, id):
			name := t.Name(id)[len(notes.TypePrefix):]
			if l.planned(name).mode == ProbeStrip {
				l.merger.Drop(id)
				break
			}
			p := l.probes[name]
			l.merger.Alias(id, p.decl.Var)
		case l.inDroppedSection(u, id):
			l.merger.Drop(id)
		case t.Linkage(id) != btfgen.Static:
			l.settleGlobal(u, id)
		case l.inCopy(u, id):
			l.merger.Drop(id)
		}
	}
}

// sectionOfRecords returns the section of records of .BTF.ext, 0 if there is none of their name.
func (u *unit) sectionOfRecords(s *btfgen.RecordSection) int {
	if s.Section != 0 {
		return s.Section
	}
	return u.sectionOf[s.Name]
}

// separateFuncs gives each function a FUNC of its own. Two static functions of one name and type share one in
// what libbpf's linker makes, and the kernel would attach an observer to the first of them only.
func (l *link) separateFuncs(u *unit) {
	taken := map[uint32]bool{}
	secs := u.Ext.Records(btfgen.FuncInfo)
	for i := range secs {
		si := u.sectionOfRecords(&secs[i])
		if si == 0 || u.secs[si].out < 0 {
			continue
		}
		for k := range secs[i].Len() {
			r := secs[i].FuncInfo(k)
			if r.Type == 0 || k+1 < secs[i].Len() && secs[i].FuncInfo(k+1).Offset == r.Offset {
				continue // of no FUNC; of several records of a function the last counts
			}
			if _, stays := u.place(si, uint64(r.Offset)); !stays || l.staysGlobal(u, r.Type) {
				continue
			}
			if !taken[r.Type] {
				taken[r.Type] = true
				continue
			}
			if u.ownFunc == nil {
				u.ownFunc = map[int]map[uint32]uint32{}
			}
			if u.ownFunc[si] == nil {
				u.ownFunc[si] = map[uint32]uint32{}
			}
			u.ownFunc[si][r.Offset] = l.merger.CloneFunc(r.Type)
		}
	}
}

// staysGlobal reports whether a FUNC is that of a function that other links can refer to.
func (l *link) staysGlobal(u *unit, id uint32) bool {
	n := u.global[l.symbolOf[id]]
	return u.Types.Linkage(id) != btfgen.Static && n != noGlobal && !l.globals[n].local
}

// hasCode reports whether func_info ties a FUNC to code.
func (u *unit) hasCode(id uint32) bool {
	if u.coded == nil {
		u.coded = map[uint32]bool{}
		secs := u.Ext.Records(btfgen.FuncInfo)
		for i := range secs {
			for k := range secs[i].Len() {
				u.coded[secs[i].FuncInfo(k).Type] = true
			}
		}
	}
	return u.coded[id]
}

// deadFuncs returns the FUNCs of functions that are not in the output, but for those of globals, which another
// object may define. A FUNC that another function shares, as libbpf's linker makes them, is not dead.
func (l *link) deadFuncs(u *unit) map[uint32]bool {
	var dead map[uint32]bool
	secs := u.Ext.Records(btfgen.FuncInfo)
	for _, gone := range []bool{true, false} {
		for i := range secs {
			si := u.sectionOfRecords(&secs[i])
			if si == 0 || gone && u.secs[si].out >= 0 && u.secs[si].edit == nil {
				continue
			}
			for k := range secs[i].Len() {
				r := secs[i].FuncInfo(k)
				stays := u.secs[si].out >= 0
				if stays {
					_, stays = u.place(si, uint64(r.Offset))
				}
				if stays == gone || u.Types.Linkage(r.Type) != btfgen.Static && u.global[l.symbolOf[r.Type]] != noGlobal {
					continue
				}
				if dead == nil {
					dead = map[uint32]bool{}
				}
				dead[r.Type] = gone
			}
		}
	}
	return dead
}

// isProbeDecl reports whether a VAR is the declaration of a probe, which stays although its
// section goes.
func (l *link) isProbeDecl(u *unit, id uint32) bool {
	const n = len(notes.TypePrefix)
	name := u.Types.Name(id)
	if len(name) <= n || name[:n] != notes.TypePrefix {
		return false
	}
	return u.Types.Kind(id) == btfgen.Var && u.scan.Decl(name[n:]) != nil && u.scan.Declares(id)
}

// sectionOfVar returns the section whose DATASEC lists a VAR, 0 if there is none.
func (l *link) sectionOfVar(u *unit, id uint32) int {
	if ds := l.member[id]; ds != 0 {
		return u.sectionOf[u.Types.Name(ds)]
	}
	return 0
}

// inDroppedSection reports whether a declaration is of something in a section that is not carried.
func (l *link) inDroppedSection(u *unit, id uint32) bool {
	if i := l.symbolOf[id]; i != 0 {
		s := &u.Obj.Symbols[i]
		return s.Defined() && u.secs[s.Section].out < 0
	}
	si := l.sectionOfVar(u, id)
	return si != 0 && u.secs[si].out < 0
}

// inCopy reports whether a VAR is in a second copy of the license or version.
func (l *link) inCopy(u *unit, id uint32) bool {
	si := l.sectionOfVar(u, id)
	return si != 0 && u.secs[si].copy
}

// settleGlobal decides on a VAR or FUNC that is not static.
func (l *link) settleGlobal(u *unit, id uint32) {
	i := l.symbolOf[id]
	if i == 0 && (u.Types.Kind(id) == btfgen.Var || u.Types.Linkage(id) == btfgen.Extern && !u.hasCode(id)) {
		l.merger.Drop(id) // declared, and not used
		return
	}
	n := u.global[i]
	if n == noGlobal { // the symbol has been made local, or stripped
		l.merger.SetLinkage(id, btfgen.Static)
		return
	}
	g := &l.globals[n]
	switch {
	case g.def == nil && len(g.uses) == 0, g.btfUnit == nil, g.local && !l.staysInOutput(g):
		l.merger.Drop(id)
	case g.btfUnit == u && g.btfID == id:
		if g.def == u && l.inCopy(u, id) { // a license by another name
			l.merger.Drop(id)
			break
		}
		linkage := uint32(btfgen.Global)
		switch {
		case g.def == nil:
			linkage = btfgen.Extern
		case g.local:
			linkage = btfgen.Static
			if name, ok := g.def.renamed[g.sym]; ok {
				l.merger.SetName(id, name)
			}
		}
		if u.Types.Linkage(id) != linkage {
			l.merger.SetLinkage(id, linkage)
		}
	default:
		l.merger.Alias(id, g.btfID)
	}
}

// staysInOutput reports whether what defines a global is in the output.
func (l *link) staysInOutput(g *global) bool {
	s := &g.def.Obj.Symbols[g.sym]
	if !s.Defined() {
		return true
	}
	_, stays := g.def.place(int(s.Section), s.Value)
	return stays
}

// dataSections makes the output's DATASECs: first of its sections, then of those that exist in BTF
// only (.kconfig, .ksyms), each with its members at their final offsets.
func (l *link) dataSections() {
	members := make([][]btfgen.SectionVar, len(l.out))
	type ephemeral struct {
		name string
		vars []btfgen.SectionVar
	}
	var others []ephemeral
	index := map[string]int{}
	for _, u := range l.units {
		l.eachMember(u, func(name string, e btfgen.Element) {
			if _, ok := l.outByName[name]; ok || u.Types.Linkage(e.Type) == btfgen.Static || l.defines(u, e.Type) {
				if out, v, ok := l.sectionVar(u, u.sectionOf[name], e); ok {
					l.checkExtent(u, out, e.Type, v)
					members[out] = append(members[out], v)
				}
				return
			}
			if u.sectionOf[name] != 0 || !l.externStays(u, e.Type) {
				return
			}
			i, ok := index[name]
			if !ok {
				i = len(others)
				index[name] = i
				others = append(others, ephemeral{name: name})
			}
			others[i].vars = append(others[i].vars, btfgen.SectionVar{ID: e.Type, Size: e.Size})
		})
	}
	described := l.describedSections()
	for n, vars := range members {
		o := l.out[n]
		gone := o.exec() && o.size == 0 // unless there is a symbol in it
		if gone && len(vars) > 0 {      // of externs
			others = append(others, ephemeral{o.name, vars})
		}
		if len(vars) == 0 && !described[n] || o.notes || gone {
			continue // of sections that may go no DATASEC is to stay
		}
		if o.size > math.MaxUint32 {
			l.log.Add(diag.Errorf("section", diag.Place{Object: o.parts[0].unit.Obj.Name, Section: o.name}, "section takes %d bytes in the output; BTF, and any map, holds less than 4 GiB", o.size))
			continue
		}
		slices.SortStableFunc(vars, func(a, b btfgen.SectionVar) int { return cmp.Compare(a.Offset, b.Offset) })
		l.merger.AddSection(o.name, uint32(o.size), vars)
	}
	for _, s := range others {
		if s.name != ".extern" { // plain externs need no section, and no loader knows it
			l.merger.AddSection(s.name, 0, s.vars)
		}
	}
}

// describedSections tells which output sections have a DATASEC in some input, with members or not.
func (l *link) describedSections() []bool {
	described := make([]bool, len(l.out))
	for _, u := range l.units {
		if u.Types == nil {
			continue
		}
		for _, id := range u.Index.Datasecs {
			if si := u.sectionOf[u.Types.Name(id)]; si != 0 && u.secs[si].out >= 0 {
				described[u.secs[si].out] = true
			}
		}
	}
	return described
}

// eachMember calls fn for every member of every DATASEC of an input. What several list is a member of the last.
func (l *link) eachMember(u *unit, fn func(section string, e btfgen.Element)) {
	if u.Types == nil {
		return
	}
	for _, id := range u.Index.Datasecs {
		for k := range u.Types.Vlen(id) {
			if e := u.Types.Element(id, k); l.member[e.Type] == id {
				fn(u.Types.Name(id), e)
			}
		}
	}
}

// externStays reports whether a member of a DATASEC without a section is that of an undefined
// symbol, by the declaration that stays.
func (l *link) externStays(u *unit, id uint32) bool {
	i := l.symbolOf[id]
	if i == 0 || u.global[i] == noGlobal {
		return false
	}
	g := &l.globals[u.global[i]]
	return g.def == nil && len(g.uses) > 0 && g.btfUnit == u && g.btfID == id
}

// sectionVar returns the final place of a member of an input DATASEC, and the output section that it
// is in. si is the input section of the DATASEC's name, 0 if there is none.
func (l *link) sectionVar(u *unit, si int, e btfgen.Element) (out int32, v btfgen.SectionVar, ok bool) {
	v = btfgen.SectionVar{ID: e.Type, Size: e.Size}
	if u.Types.Linkage(e.Type) == btfgen.Static {
		section, off, ok := l.staticPlace(u, si, e)
		if !ok || u.secs[section].out < 0 || u.secs[section].copy {
			return 0, v, false
		}
		at, _ := u.place(section, off)
		v.Offset = uint32(at) // section sizes are checked to fit
		return u.secs[section].out, v, true
	}
	i := l.symbolOf[e.Type]
	if i == 0 {
		return 0, v, false
	}
	if n := u.global[i]; n != noGlobal {
		g := &l.globals[n]
		if g.btfUnit != u || g.btfID != e.Type || g.def == nil && len(g.uses) == 0 {
			return 0, v, false
		}
		if g.def == nil { // an extern map, to be resolved when the output is linked again
			out, ok = l.outByName[u.Types.Name(l.member[e.Type])]
			return out, v, ok
		}
		u, i = g.def, g.sym
	}
	s := &u.Obj.Symbols[i]
	if !s.Defined() || u.secs[s.Section].out < 0 || u.secs[s.Section].copy {
		return 0, v, false
	}
	at, _ := u.place(int(s.Section), s.Value)
	v.Offset = uint32(at)
	return u.secs[s.Section].out, v, true
}

// checkExtent refuses a variable that is longer by its BTF than the section it is in.
func (l *link) checkExtent(u *unit, out int32, id uint32, v btfgen.SectionVar) {
	n := u.global[l.symbolOf[id]]
	if n != noGlobal && l.globals[n].def == nil {
		return // an extern, which has no place yet
	}
	if o := l.out[out]; uint64(v.Offset)+uint64(v.Size) > o.size {
		l.log.Add(diag.Errorf("btf", diag.Place{Object: u.Obj.Name, Section: o.name, Symbol: u.Types.Name(id)},
			"by its BTF '%s' has %d bytes, and section '%s' ends before", u.Types.Name(id), v.Size, o.name))
	}
}

// defines reports whether an input defines the variable or function that a VAR or FUNC describes.
func (l *link) defines(u *unit, id uint32) bool {
	i := l.symbolOf[id]
	return i != 0 && u.Obj.Symbols[i].Defined()
}

// staticPlace returns the input section and offset of a static variable that a DATASEC of section si
// lists. The symbol table is right where the two differ: clang lists constants that it puts into
// .rodata.cst16 and the like under .rodata.
func (l *link) staticPlace(u *unit, si int, e btfgen.Element) (section int, off uint64, ok bool) {
	symbols := l.localVariables(u)[u.Types.Name(e.Type)]
	for _, i := range symbols {
		if s := &u.Obj.Symbols[i]; int(s.Section) == si && s.Value == uint64(e.Offset) {
			return si, s.Value, true
		}
	}
	// Of several symbols of the name the first keeps it.
	if len(symbols) > 0 && u.localVarTypes[u.Types.Name(e.Type)] == 1 {
		s := &u.Obj.Symbols[symbols[0]]
		return int(s.Section), s.Value, true
	}
	end := uint64(e.Offset) + uint64(e.Size)
	return si, uint64(e.Offset), si != 0 && end <= u.Obj.Sections[si].Size
}

// localVariables returns the local variables of an input by name, and counts their VARs in localVarTypes.
func (l *link) localVariables(u *unit) map[string][]uint32 {
	if u.localVars == nil {
		u.localVars, u.localVarTypes = map[string][]uint32{}, map[string]int{}
		for _, id := range u.Index.Decls {
			if u.Types.Kind(id) == btfgen.Var && u.Types.Linkage(id) == btfgen.Static {
				u.localVarTypes[u.Types.Name(id)]++
			}
		}
		for i := range u.Obj.Symbols {
			if s := &u.Obj.Symbols[i]; s.Type == object.TypeObject && s.Defined() && l.isStatic(u, uint32(i)) {
				u.localVars[s.Name] = append(u.localVars[s.Name], uint32(i))
			}
		}
	}
	return u.localVars
}

// records hands the .BTF.ext records of an input to the merger.
func (l *link) records(u *unit) {
	for k := btfgen.FuncInfo; k <= btfgen.CoreRelo; k++ {
		secs := u.Ext.Records(k)
		for i := range secs {
			s := &secs[i]
			si := u.sectionOfRecords(s)
			if si == 0 {
				l.log.Add(diag.Errorf("btf", diag.Place{Object: u.Obj.Name, Section: ".BTF.ext"}, "there are records for section '%s', which there is not", s.Name).
					WithHint("a section that is renamed after it is compiled loses its records"))
				continue
			}
			if u.secs[si].out < 0 {
				continue
			}
			if !u.Obj.Sections[si].Exec() {
				l.log.Add(diag.Errorf("btf", diag.Place{Object: u.Obj.Name, Section: ".BTF.ext"}, "there are records for section '%s', which holds no code", s.Name))
				continue
			}
			size := u.Obj.Sections[si].Size
			p := btfgen.Placement{Moved: u.secs[si].edit == nil && (s.Len() == 0 || uint64(s.Offset(s.Len()-1)) < size)}
			if k == btfgen.FuncInfo {
				p.Retype = u.ownFunc[si]
			}
			place := u.place
			if k == btfgen.CoreRelo {
				place = u.placeInsn
			}
			p.Place = func(off uint32) (uint32, bool) {
				at, stays := place(si, uint64(off))
				return uint32(at), stays && uint64(off) < size
			}
			l.merger.AddRecords(k, l.out[u.secs[si].out].name, u.Ext, s, p)
		}
	}
}

// renumberTypeIDs gives instructions that hold a BTF type id of their own object, as clang makes
// them for bpf_core_type_id_local and _kernel, the id of the merged BTF.
func (l *link) renumberTypeIDs() error {
	for _, u := range l.units {
		for _, s := range u.Ext.Records(btfgen.CoreRelo) {
			si := u.sectionOfRecords(&s)
			if si == 0 || u.secs[si].out < 0 {
				continue
			}
			o := l.out[u.secs[si].out]
			for i := range s.Len() {
				r := s.CoreRelo(i)
				at, stays := u.placeInsn(si, uint64(r.Offset))
				if r.Kind != btfgen.CoreTypeIDLocal && r.Kind != btfgen.CoreTypeIDTarget || !stays || at+8 > uint64(len(o.data)) {
					continue
				}
				if imm := o.data[at+4 : at+8]; l.order.Uint32(imm) == r.LocalType {
					l.order.PutUint32(imm, l.merger.ID(r.Type))
				}
			}
		}
	}
	return nil
}
