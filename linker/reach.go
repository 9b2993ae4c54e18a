package linker

import (
	"github.com/bpfsdt/bpf-sdt-link/code"
	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/notes"
	"github.com/bpfsdt/bpf-sdt-link/object"
	"github.com/bpfsdt/bpf-sdt-link/reloc"
)

// cutDeadCode removes functions of .text that cannot run, with all that belongs to them: bodies of
// overridden weak functions, and static functions that nothing reaches. Left in, they would keep the
// externs that only they use, and loaders that count instructions symbol by symbol would tie
// func_info and line_info to the wrong ones.
func (l *link) cutDeadCode() error {
	for _, u := range l.units {
		l.warnStaticPrograms(u)
	}
	l.cutUnits()
	return nil
}

func (l *link) cutUnits() {
	losers := make(map[*unit][]uint32)
	for i := range l.globals {
		for _, r := range l.globals[i].losers {
			if s := &r.unit.Obj.Symbols[r.sym]; s.Type == object.TypeFunc && s.Defined() {
				losers[r.unit] = append(losers[r.unit], r.sym)
			}
		}
	}
	// A function that only sites call goes when those are dead: that shows when the rest is cut.
	for called, before := l.calledBySites(), -1; count(called) != before; {
		live := l.findLive(losers, called)
		for _, u := range l.units {
			for si := range u.secs {
				u.secs[si].cuts, u.secs[si].edit = nil, nil
			}
			if live.of[u] != nil {
				l.cutUnit(u, live.of[u])
			}
		}
		before = count(called)
		called = l.calledBySites()
	}
}

func count(called map[*unit][]int32) (n int) {
	for _, funcs := range called {
		n += len(funcs)
	}
	return n
}

// hasStatics reports whether an input has static functions in .text.
func (l *link) hasStatics(u *unit) bool {
	for i := range u.Obj.Symbols {
		s := &u.Obj.Symbols[i]
		if s.Type == object.TypeFunc && s.Defined() && u.inText(s) && l.isStatic(u, uint32(i)) {
			return true
		}
	}
	return false
}

func (u *unit) inText(s *object.Symbol) bool {
	sec := &u.Obj.Sections[s.Section]
	return sec.Exec() && code.Text(sec.Name)
}

// cutUnit removes the dead functions of an input.
func (l *link) cutUnit(u *unit, live []bool) {
	g := u.functions()
	cuts := map[uint32][]code.Cut{}
	for f := range g.Funcs {
		fn := &g.Funcs[f]
		size := fn.End - fn.Start
		if live[f] || size == 0 || overlapsLive(g, fn, live) {
			continue
		}
		if fn.Start%code.InsnSize != 0 || size%code.InsnSize != 0 {
			l.log.Add(diag.Errorf("object", l.symbolPlace(u, fn.Symbol), "function '%s' is not made of whole instructions", fn.Name))
			continue
		}
		cuts[uint32(fn.Section)] = append(cuts[uint32(fn.Section)], code.Cut{Start: fn.Start, End: fn.End})
	}
	for section, c := range cuts {
		u.secs[section].cuts = c
		u.secs[section].edit = code.NewMap(c)
	}
}

// overlapsLive reports whether a function that stays covers some of the body of one that does not, as an
// alias does.
func overlapsLive(g *code.Graph, fn *code.Function, live []bool) (shared bool) {
	g.Overlapping(fn.Section, fn.Start, fn.End, func(other int) bool {
		shared = live[other]
		return !shared
	})
	return shared
}

// eachAddressTaken calls fn for each function that data points to. A table of labels, which points into
// a function and is used by that function alone, does not count, nor does a note.
func (u *unit) eachAddressTaken(fn func(f int32)) {
	g := u.functions()
	u.eachCodePointer(func(section int, off uint64) {
		if f := g.At(section, off); f >= 0 && g.Funcs[f].Start == off {
			fn(int32(f))
		}
	})
}

// eachCodePointer calls fn for each place in code that data points to, notes not counted.
func (u *unit) eachCodePointer(fn func(section int, off uint64)) {
	for si := range u.Obj.Sections {
		s := &u.Obj.Sections[si]
		if u.secs[si].out < 0 || s.Exec() || s.Name == notes.Section {
			continue
		}
		for _, r := range s.Relocs {
			to := &u.Obj.Symbols[r.Sym]
			field, err := reloc.Classify(r.Type, false, s.Data, r.Offset)
			if err != nil || !to.Defined() || !u.Obj.Sections[to.Section].Exec() {
				continue
			}
			off := to.Value
			if to.Type == object.TypeSection {
				off = uint64(field.Addend(u.Obj.Order, s.Data, r.Offset, u.Obj.Sections[to.Section].Size))
			}
			fn(int(to.Section), off)
		}
	}
}

// functions returns the functions of an input.
func (u *unit) functions() *code.Graph {
	if u.graph == nil {
		u.graph = code.Functions(u.Obj)
	}
	return u.graph
}

// use is a relocation that stays.
type use struct {
	unit    *unit
	section int
	off     uint64
}

// findReferences finds the uses of globals in code and data that stay. An undefined symbol that only
// removed code used goes: a loader would look for it in vain.
func (l *link) findReferences() error {
	for _, u := range l.units {
		for si := range u.Obj.Sections {
			s := &u.Obj.Sections[si]
			if u.secs[si].out < 0 {
				continue
			}
			for _, r := range s.Relocs {
				n := u.global[r.Sym]
				if n == noGlobal {
					continue
				}
				if _, stays := u.place(si, r.Offset); stays && !u.inLostMap(si, r.Offset) {
					l.globals[n].refer(use{u, si, r.Offset}, r.Type)
				}
			}
		}
	}
	l.reportUndefined()
	return nil
}

// refer notes a use. cilium/ebpf knows no relocation against a weak map, nor one for the address of a weak
// function.
func (g *global) refer(at use, typ uint32) {
	if n := len(g.uses); n == 0 || g.uses[n-1].unit != at.unit {
		g.uses = append(g.uses, at)
	}
	if g.def == nil || !g.weak || g.addressed {
		return
	}
	def := &g.def.Obj.Symbols[g.sym]
	if !def.Defined() {
		return
	}
	s := &at.unit.Obj.Sections[at.section]
	f, err := reloc.Classify(typ, s.Exec(), s.Data, at.off)
	isMap := g.def.Obj.Sections[def.Section].Name == ".maps"
	g.addressed = isMap || err == nil && f != reloc.Call && def.Type == object.TypeFunc
}

// reportUndefined names the symbols that nothing defines and the kernel is not asked for.
func (l *link) reportUndefined() {
	var statics map[string]symbolRef
	for i := range l.globals {
		g := &l.globals[i]
		if g.def != nil || len(g.uses) == 0 || l.fromKernel(g) {
			continue
		}
		if statics == nil {
			statics = l.statics()
		}
		first := g.uses[0]
		d := diag.Warnf("undefined", first.unit.codePlace(first.section, first.off), "'%s' is not defined", g.name)
		if l.opts.NoUndefined {
			d.Severity = diag.Error
		}
		for _, more := range g.uses[1:] {
			d = d.With(more.unit.codePlace(more.section, more.off), "also used here")
		}
		if s, ok := statics[g.name]; ok {
			d = d.With(l.symbolPlace(s.unit, s.sym), "it is static here").WithHint("remove static from its definition")
		}
		l.log.Add(d)
	}
}

// fromKernel reports whether some object declares an undefined symbol as one of the kernel's.
func (l *link) fromKernel(g *global) bool {
	return g.btfUnit != nil && l.ofKernel(g.btfID)
}

// ofKernel reports whether a VAR or FUNC is declared as one of the kernel's.
func (l *link) ofKernel(id uint32) bool {
	section := l.merger.Types().Name(l.member[id])
	return section == kconfigSection || section == ksymsSection
}

// Sections of BTF that stand for what a loader gets from the kernel.
const (
	kconfigSection = ".kconfig"
	ksymsSection   = ".ksyms"
)

// statics returns the static functions and variables of all inputs by name.
func (l *link) statics() map[string]symbolRef {
	m := map[string]symbolRef{}
	for _, u := range l.units {
		for i := range u.Obj.Symbols {
			s := &u.Obj.Symbols[i]
			if s.Bind != object.Local || !s.Defined() || s.Type != object.TypeFunc && s.Type != object.TypeObject {
				continue
			}
			if _, ok := m[s.Name]; !ok {
				m[s.Name] = symbolRef{u, uint32(i)}
			}
		}
	}
	return m
}

// warnStaticPrograms warns of programs that only some loaders run.
func (l *link) warnStaticPrograms(u *unit) {
	for i := range u.Obj.Symbols {
		s := &u.Obj.Symbols[i]
		if s.Bind == object.Local && s.Type == object.TypeFunc && s.Defined() && u.Obj.Sections[s.Section].Exec() && !u.inText(s) && u.secs[s.Section].out >= 0 {
			l.log.Add(diag.Warnf("static-program", l.symbolPlace(u, uint32(i)), "program '%s' is static: cilium/ebpf runs it, libbpf refuses the object", s.Name))
		}
	}
}
