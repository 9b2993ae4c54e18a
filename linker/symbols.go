package linker

import (
	"strings"

	"github.com/bpfsdt/bpf-sdt-link/btfgen"
	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/notes"
	"github.com/bpfsdt/bpf-sdt-link/object"
)

// resolveSymbols decides for every name that inputs share which definition is used. The result
// does not depend on the order of the inputs, but that the first of several weak definitions wins.
func (l *link) resolveSymbols() error {
	for _, u := range l.units {
		for i := range u.Obj.Symbols {
			if u.Obj.Symbols[i].Bind != object.Local {
				l.mentions++
			}
		}
	}
	l.globals = make([]global, 0, l.mentions)
	for _, u := range l.units {
		u.global = make([]int32, len(u.Obj.Symbols))
		for i := range u.Obj.Symbols {
			u.global[i] = noGlobal
			if l.shared(u, uint32(i)) {
				l.mention(u, uint32(i))
			}
		}
	}
	mentioned := make([]uint32, len(l.globals)) // global -> symbol of the unit at hand
	for _, u := range l.units {
		for i, n := range u.global {
			if n != noGlobal {
				mentioned[n] = uint32(i)
			}
		}
		l.describe(u, mentioned)
		for _, n := range u.global {
			if n != noGlobal {
				mentioned[n] = 0
			}
		}
	}
	for _, u := range l.units {
		l.compareTypes(u)
	}
	return nil
}

// shared reports whether a symbol takes part in resolution.
func (l *link) shared(u *unit, i uint32) bool {
	s := &u.Obj.Symbols[i]
	if i == 0 || s.Bind == object.Local {
		return false
	}
	if !s.Defined() {
		return true
	}
	// clang makes its jump tables global, under names that repeat in every object.
	// Notes are written anew, with labels of their own.
	sec := &u.Obj.Sections[s.Section]
	return object.Carried(sec) && sec.Name != jumpTables && sec.Name != notes.Section
}

// mention enters one global or weak symbol of an input.
func (l *link) mention(u *unit, i uint32) {
	s := &u.Obj.Symbols[i]
	number := l.merger.Intern(s.Name)
	for int(number) >= len(l.globalOf) {
		l.globalOf = append(l.globalOf, 0)
	}
	n := l.globalOf[number] - 1
	if n < 0 {
		n = int32(len(l.globals))
		l.globalOf[number] = n + 1
		l.globals = append(l.globals, global{name: s.Name, symbol: -1, other: s.Other &^ 3})
	}
	u.global[i] = n
	g := &l.globals[n]
	g.visibility = stricter(g.visibility, s.Visibility())
	if s.Section == object.Undef || u.dropped[int(s.Section)] != nil {
		g.strong = g.strong || s.Bind == object.Global
		return
	}
	weak, common := s.Bind == object.Weak, u.common[i]
	switch {
	case g.def == nil, g.common && (!common || s.Size > g.def.Obj.Symbols[g.sym].Size):
		g.def, g.sym, g.weak, g.common = u, i, weak, common
	case common, g.common:
	case weak:
		g.losers = append(g.losers, symbolRef{u, i})
	case g.weak:
		g.losers = append(g.losers, symbolRef{g.def, g.sym})
		g.def, g.sym, g.weak = u, i, false
	case l.sameCopy(symbolRef{g.def, g.sym}, symbolRef{u, i}), l.loseMap(g, u, i):
	default:
		hint := "make one of them static, weak or extern"
		switch {
		case u.Obj.Name == g.def.Obj.Name:
			hint = "the object is among the inputs twice"
		case !l.opts.AllowMultiple && isMapSymbol(symbolRef{u, i}):
			hint = "declare it extern in one of them; --allow-multiple-definition links one of several maps that are the same"
		}
		l.log.Add(diag.Errorf("duplicate-symbol", l.symbolPlace(u, i), "'%s' is defined in two objects", s.Name).
			With(l.symbolPlace(g.def, g.sym), "the other definition").
			WithHint("%s", hint))
	}
}

// globalNamed returns the global of a name, given by its number, or -1.
func (l *link) globalNamed(number uint32) int32 {
	if int(number) < len(l.globalOf) {
		return l.globalOf[number] - 1
	}
	return -1
}

// stricter returns the more restrictive of two visibilities.
func stricter(a, b uint8) uint8 {
	rank := [4]uint8{object.VisDefault: 0, object.VisProtected: 1, object.VisHidden: 2, object.VisInternal: 3}
	if rank[b] > rank[a] {
		return b
	}
	return a
}

// sameCopy reports whether two definitions are the same bytes of copies of one section.
func (l *link) sameCopy(a, b symbolRef) bool {
	sa, sb := &a.unit.Obj.Symbols[a.sym], &b.unit.Obj.Symbols[b.sym]
	if !sa.Defined() || !sb.Defined() {
		return false
	}
	pa, pb := &a.unit.secs[sa.Section], &b.unit.secs[sb.Section]
	return pb.copy && pa.out == pb.out && sa.Value == sb.Value
}

// symbolPlace returns the place of a definition, or of the first reference to an undefined symbol, with
// the source line if it is in code.
func (l *link) symbolPlace(u *unit, i uint32) diag.Place {
	s := &u.Obj.Symbols[i]
	if s.Defined() {
		return u.Place(int(s.Section), s.Value, s.Name, s.Value)
	}
	for si := range u.Obj.Sections {
		for _, r := range u.Obj.Sections[si].Relocs {
			if r.Sym == i {
				return u.codePlace(si, r.Offset)
			}
		}
	}
	return diag.Place{Object: u.Obj.Name, Symbol: s.Name}
}

// describe ties each VAR and FUNC of an input to the symbol that it describes. mentioned has for
// each global the symbol by which the input mentions it.
func (l *link) describe(u *unit, mentioned []uint32) {
	t := u.Types
	u.decl = make([]uint32, len(u.Obj.Symbols))
	if t == nil {
		return
	}
	more := make([]uint32, int(t.Len())-len(l.member))
	l.member, l.symbolOf = append(l.member, more...), append(l.symbolOf, more...)
	for _, id := range u.Index.Datasecs {
		for i := range t.Vlen(id) {
			l.member[t.Element(id, i).Type] = id
		}
	}
	var locals map[string]uint32
	for _, id := range u.Index.Decls {
		if t.Linkage(id) == btfgen.Static {
			continue
		}
		i := uint32(0)
		if n := l.globalNamed(t.NameNumber(id)); n >= 0 {
			i = mentioned[n]
		}
		if i == 0 { // a symbol that somebody made local, as llvm-objcopy can
			if locals == nil {
				locals = u.locals()
			}
			i = locals[t.Name(id)]
		}
		if i == 0 {
			continue
		}
		l.symbolOf[id] = i
		if d := u.decl[i]; d != 0 && t.Kind(d) != t.Kind(id) {
			l.log.Add(diag.Errorf("btf", diag.Place{Object: u.Obj.Name, Section: ".BTF", Symbol: t.Name(id)}, "'%s' is a %s and a %s", t.Name(id), t.Kind(d), t.Kind(id)))
		}
		if d := u.decl[i]; d == 0 || l.member[d] == 0 && l.member[id] != 0 {
			u.decl[i] = id
		}
	}
}

// locals returns the local functions and variables of an input by name.
func (u *unit) locals() map[string]uint32 {
	m := map[string]uint32{}
	for i := range u.Obj.Symbols {
		if s := &u.Obj.Symbols[i]; s.Bind == object.Local && s.Defined() && (s.Type == object.TypeFunc || s.Type == object.TypeObject) {
			m[s.Name] = uint32(i)
		}
	}
	return m
}

// compareTypes compares what an input says of the globals that it mentions with their definitions.
func (l *link) compareTypes(u *unit) {
	for i, n := range u.global {
		if n == noGlobal || u.decl[i] == 0 {
			continue
		}
		g := &l.globals[n]
		if g.btfUnit == nil {
			g.btfUnit, g.btfID = u, u.decl[i]
			if g.def != nil && g.def.decl[g.sym] != 0 {
				g.btfUnit, g.btfID = g.def, g.def.decl[g.sym]
			}
		}
		if g.def == nil && !l.fromKernel(g) && l.ofKernel(u.decl[i]) {
			// The declaration that says where a loader finds the symbol is the one that counts.
			other, otherID := g.btfUnit, g.btfID
			g.btfUnit, g.btfID = u, u.decl[i]
			if other != u || otherID != u.decl[i] {
				l.compareDeclaration(other, l.symbolOf[otherID], g)
			}
			continue
		}
		l.checkVirtual(u, uint32(i), g)
		if g.btfUnit == u && g.btfID == u.decl[i] {
			l.checkDefinition(u, uint32(i), g)
			continue
		}
		l.compareDeclaration(u, uint32(i), g)
	}
}

// compareDeclaration compares one mention of a global with the declaration that stays.
func (l *link) compareDeclaration(u *unit, i uint32, g *global) {
	there, id := g.btfUnit, u.decl[i]
	compare := btfgen.Compatible
	if l.isMap(id) && l.isMap(g.btfID) {
		compare = btfgen.CompatibleMaps
	}
	m := compare(there.Types, g.btfID, u.Types, id)
	if m == nil {
		return
	}
	l.log.Add(diag.Errorf("type-mismatch", l.symbolPlace(u, i), "'%s' has different types in two objects", g.name).
		With(l.symbolPlace(u, i), "%s", declaredAs(u.Types.C(id), m.Path, m.B)).
		With(l.symbolPlace(there, l.mentionIn(g, there)), "%s", declaredAs(there.Types.C(g.btfID), m.Path, m.A)))
}

// mentionIn returns the symbol by which a unit mentions the global, or 0.
func (l *link) mentionIn(g *global, u *unit) uint32 {
	if g.def == u {
		return g.sym
	}
	return l.symbolOf[g.btfID]
}

// checkDefinition refuses a definition that does not go with the declaration that stands for it in
// the output: the kernel would not load the program, or would never hear of the definition.
func (l *link) checkDefinition(u *unit, i uint32, g *global) {
	if g.def == nil {
		return
	}
	def := &g.def.Obj.Symbols[g.sym]
	if g.def.decl[g.sym] == 0 && def.Type == object.TypeFunc {
		l.log.Add(diag.Errorf("no-func-btf", l.symbolPlace(g.def, g.sym), "'%s' has no BTF, and is used by an object that has", g.name).
			With(l.symbolPlace(u, i), "declared as '%s'", u.Types.C(u.decl[i])).
			WithHint("compile all objects with -g: the kernel wants func_info of all functions of a program or of none"))
	}
}

// checkVirtual refuses a definition of what another object takes from the kernel: the loader would fill in
// a value of its own, or look for the symbol in the kernel.
func (l *link) checkVirtual(u *unit, i uint32, g *global) {
	if g.def == nil || u.Obj.Symbols[i].Defined() || !l.ofKernel(u.decl[i]) {
		return
	}
	name := u.Types.Name(l.member[u.decl[i]])
	l.log.Add(diag.Errorf("kernel-symbol", l.symbolPlace(u, i), "'%s' is taken from the kernel (section '%s') and defined in another object", g.name, name).
		With(l.symbolPlace(g.def, g.sym), "the definition").
		WithHint("declare it extern without __kconfig or __ksym, or rename one of the two"))
}

// isMap reports whether a VAR defines or declares a map.
func (l *link) isMap(id uint32) bool {
	t := l.merger.Types()
	return t.Kind(id) == btfgen.Var && t.Name(l.member[id]) == ".maps"
}

// declaredAs tells one side of a mismatch: the whole declaration, and the part that differs unless
// the declaration shows it.
func declaredAs(declaration, path, part string) string {
	text := "declared as '" + declaration + "'"
	switch {
	case path != "":
		return text + ", " + path + ": " + part
	case !strings.Contains(declaration, strings.TrimRight(part, " []0123456789")): // of an array the name stands in between
		return text + ", " + part
	}
	return text
}

// codePlace returns the place of an instruction.
func (u *unit) codePlace(section int, off uint64) diag.Place {
	g := u.functions()
	if f := g.At(section, off); f >= 0 {
		return u.Place(section, off, g.Funcs[f].Name, g.Funcs[f].Start)
	}
	return diag.Place{Object: u.Obj.Name}.At(u.Obj.Sections[section].Name, off)
}
