package linker

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/bpfsdt/bpf-sdt-link/btfgen"
	"github.com/bpfsdt/bpf-sdt-link/code"
	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/lower"
	"github.com/bpfsdt/bpf-sdt-link/notes"
	"github.com/bpfsdt/bpf-sdt-link/object"
	"github.com/bpfsdt/bpf-sdt-link/reloc"
)

// siteCall is a call that a site has become.
type siteCall struct {
	probe  string
	unit   *unit // that holds the site
	fn     *code.Function
	callee symbolRef
	nop    uint64 // where the site was in its section
}

// calledBySites returns for each unit its functions that sites of the output will call, by index in the graph. Sites in
// code that is not known yet to be dead count.
func (l *link) calledBySites() map[*unit][]int32 {
	called := map[*unit][]int32{}
	for _, p := range l.plans {
		if p.mode != ProbeCall || p.callee.unit == nil || !slices.ContainsFunc(p.sites, siteRef.becomesCall) {
			continue
		}
		u := p.callee.unit
		y := &u.Obj.Symbols[p.callee.sym]
		if f := u.functions().At(int(y.Section), y.Value); f >= 0 {
			called[u] = append(called[u], int32(f))
		}
	}
	return called
}

func (s siteRef) becomesCall() bool {
	return s.unit.siteRuns(s.entry) && !s.unit.staysNop[codePoint{s.entry.Code, s.entry.Nop}]
}

// lowerProbes decides what becomes of the sites: it edits the code.
func (l *link) lowerProbes() error {
	if !l.anyPlan() {
		return nil
	}
	v := l.viewCode()
	l.enterSites(v)
	for {
		r := lower.Lower(&v.program)
		refused := l.refuse(v, r.Refused)
		if !refused {
			refused = l.editSections(v, r)
		}
		if l.log.Failed() {
			return nil
		}
		if !refused {
			l.warnSites(v, r.Warnings)
			if l.keptNops {
				l.recut(v, r)
			}
			return nil
		}
		// Sites that are left as NOPs change what is to be done about the others.
		l.keptNops = true
		l.calls = l.calls[:0]
	}
}

// recut cuts once more, when it is known which functions no site calls after all.
func (l *link) recut(v *codeView, r *lower.Result) {
	l.cutUnits()
	l.calls = l.calls[:0]
	l.editSections(v, r)
}

func (l *link) anyPlan() bool {
	for _, p := range l.plans {
		if p.mode != ProbeNop {
			return true
		}
	}
	return l.opts.insertSites != nil
}

// enterSites enters the sites into the view.
func (l *link) enterSites(v *codeView) {
	for _, u := range l.units {
		for i := range u.scan.Entries {
			e := &u.scan.Entries[i]
			if e.Func < 0 || !u.siteRuns(e) {
				continue
			}
			p := l.planned(e.Probe)
			if p.mode == ProbeStrip {
				continue // it is cut out: nobody needs its arguments
			}
			f := v.first[u] + e.Func
			site := lower.Site{Off: e.Nop - v.funcs[f].fn.Start, Probe: e.Probe, Regs: e.Regs}
			if p.mode == ProbeCall {
				y := &p.callee.unit.Obj.Symbols[p.callee.sym]
				site.Lower, site.Callee = true, v.at(p.callee.unit, int(y.Section), y.Value)
				if p.attach != "" {
					site.Extend = l.extensions(e.Probe)
				} else {
					site.Extend = l.numbers(e.Probe, &v.funcs[site.Callee])
				}
			}
			if fn := v.funcs[f].fn; site.Lower && u.protoAt(fn) == 0 {
				v.problem(f, "it has no BTF, which the kernel wants of all functions of a program or of none: compile with -g")
			}
			v.program.Funcs[f].Sites = append(v.program.Funcs[f].Sites, site)
		}
	}
	if l.opts.insertSites != nil {
		l.opts.insertSites(v)
	}
	for i := range v.program.Funcs {
		slices.SortStableFunc(v.program.Funcs[i].Sites, func(a, b lower.Site) int { return cmp.Compare(a.Off, b.Off) })
	}
	for i := range v.funcs { // code that goes need not be looked at
		at := &v.funcs[i]
		if _, stays := at.unit.place(at.fn.Section, at.fn.Start); !stays {
			v.program.Funcs[i] = lower.Func{Name: at.fn.Name, Params: -1, Stack: -1, Problem: "it is removed"}
		}
	}
}

// extensions tells which arguments of a probe are to be widened for a function: the caller does that for types
// narrower than int.
func (l *link) extensions(probe string) []int8 {
	d := l.probes[probe]
	t := d.unit.Types
	var ext []int8
	for i := range d.decl.NArgs {
		id := t.Strip(t.Element(d.decl.Proto, i).Type)
		size, _ := t.SizeOf(id)
		n := int8(0)
		if k := t.Kind(id); size < 4 && (k == btfgen.Int || k == btfgen.Enum || k == btfgen.Enum64) {
			if n = int8(size); t.Signed(id) {
				n = -n
			}
		}
		ext = append(ext, n)
	}
	return ext
}

// numbers tells which arguments of a probe are pointers that its stub takes as numbers beside a context. The verifier
// does not believe a static function's prototype, and so not in the context either, once it sees a pointer passed for a
// number.
func (l *link) numbers(probe string, stub *viewFunc) (ext []int8) {
	d := l.probes[probe]
	declared, t := d.unit.Types, stub.unit.Types
	proto := stub.unit.protoAt(stub.fn)
	context := false
	for i := range d.decl.NArgs {
		n := int8(0)
		isPtr := t.Kind(t.Strip(t.Element(proto, i).Type)) == btfgen.Ptr
		if context = context || isPtr; !isPtr && declared.Kind(declared.Strip(declared.Element(d.decl.Proto, i).Type)) == btfgen.Ptr {
			n = lower.Number
		}
		ext = append(ext, n)
	}
	if !context {
		return nil
	}
	return ext
}

// sitePlace returns the place of a site of the view.
func (l *link) sitePlace(v *codeView, f, site int) diag.Place {
	at := &v.funcs[f]
	return at.unit.codePlace(at.fn.Section, at.fn.Start+v.program.Funcs[f].Sites[site].Off)
}

// refuse reports the sites that cannot be lowered, or where that is wanted leaves them NOPs. It reports whether
// there were any.
func (l *link) refuse(v *codeView, notes []lower.Note) bool {
	for _, n := range notes {
		site := &v.program.Funcs[n.Func].Sites[n.Site]
		d := diag.Errorf(n.ID, l.sitePlace(v, n.Func, n.Site), "%s", n.Message).WithHint("%s", n.Hint)
		if l.planned(site.Probe).bestEffort {
			d.Severity = diag.Warning
			d.Message += "; it stays a NOP"
		}
		l.log.Add(d)
		site.Lower = false
		at := &v.funcs[n.Func]
		if at.unit.staysNop == nil {
			at.unit.staysNop = map[codePoint]bool{}
		}
		at.unit.staysNop[codePoint{at.fn.Section, at.fn.Start + site.Off}] = true
	}
	return len(notes) > 0
}

func (l *link) warnSites(v *codeView, notes []lower.Note) {
	for _, n := range notes {
		d := diag.Warnf(n.ID, l.sitePlace(v, n.Func, n.Site), "%s", n.Message)
		if n.Hint != "" {
			d = d.WithHint("%s", n.Hint)
		}
		l.log.Add(d)
	}
}

// editSections makes the maps of all sections with edits. It reports whether a site was refused because a jump
// over it would not reach.
func (l *link) editSections(v *codeView, r *lower.Result) (refused bool) {
	for _, u := range l.units {
		edits := map[int][]code.Edit{}
		taken := map[codePoint]bool{} // sites that have their edit
		for i := range u.functions().Funcs {
			f := v.first[u] + i
			for _, e := range r.Edits[f] {
				l.enterCalls(v, f, &e)
				e.At += v.funcs[f].fn.Start
				section := v.funcs[f].fn.Section
				taken[codePoint{section, e.At}] = taken[codePoint{section, e.At}] || e.Old > 0
				edits[section] = append(edits[section], e)
			}
		}
		for i := range u.scan.Entries {
			e := &u.scan.Entries[i]
			if at := (codePoint{e.Code, e.Nop}); e.Code != 0 && l.planned(e.Probe).mode == ProbeStrip && u.siteRuns(e) && !taken[at] {
				taken[at] = true
				edits[e.Code] = append(edits[e.Code], code.Edit{At: e.Nop, Old: code.InsnSize, Refs: true, Jumps: true})
			}
		}
		long := len(edits) > 0 && u.newerThanV3()
		for section := range u.Obj.Sections {
			if len(edits[section]) > 0 && l.editSection(v, u, section, edits[section], long) {
				refused = true
			}
		}
	}
	return refused
}

// enterCalls notes the call of a lowered site.
func (l *link) enterCalls(v *codeView, f int, e *code.Edit) {
	calls := make([]code.EditCall, len(e.Calls))
	for i, c := range e.Calls {
		to := &v.funcs[c.Callee]
		from := &v.funcs[f]
		call := siteCall{unit: from.unit, fn: from.fn, callee: symbolRef{to.unit, to.fn.Symbol}, nop: from.fn.Start + e.At}
		sites := v.program.Funcs[f].Sites
		if k, ok := slices.BinarySearchFunc(sites, e.At, func(s lower.Site, off uint64) int { return cmp.Compare(s.Off, off) }); ok {
			call.probe = sites[k].Probe
		}
		calls[i] = code.EditCall{Off: c.Off, Callee: len(l.calls)}
		l.calls = append(l.calls, call)
	}
	e.Calls = calls
}

// newerThanV3 reports whether a unit has instructions of -mcpu=v4.
func (u *unit) newerThanV3() bool {
	for si := range u.Obj.Sections {
		s := &u.Obj.Sections[si]
		if !s.Exec() {
			continue
		}
		for off := uint64(0); off+code.InsnSize <= uint64(len(s.Data)); off = code.Next(s.Data, off) {
			if code.Decode(u.Obj.Order, s.Data, off).NewerThanV3() {
				return true
			}
		}
	}
	return false
}

// editSection makes the map of one section, with jumps that do not reach any more made longer where the processor
// has such jumps. It reports whether a site was refused.
func (l *link) editSection(v *codeView, u *unit, section int, edits []code.Edit, long bool) bool {
	p, s := &u.secs[section], &u.Obj.Sections[section]
	relocated := make(map[uint64]bool, len(s.Relocs))
	for _, r := range s.Relocs {
		relocated[r.Offset] = true
	}
	isRelocated := func(off uint64) bool { return relocated[off] }
	p.long = long
	for {
		p.edit = code.NewMap(p.cuts, edits...)
		if !long {
			break
		}
		more, err := p.edit.Longer(l.order, s.Data, isRelocated)
		if err != nil {
			l.log.Add(diag.Errorf("lower-range", u.codePlace(section, 0), "%s", err))
			return false
		}
		if len(more) == 0 {
			return false
		}
		edits = append(edits, more...)
	}
	var far []uint64
	p.edit.Distances(l.order, s.Data, isRelocated, func(d code.Distance) bool {
		if !d.Fits {
			far = append(far, d.Old)
		}
		return true
	})
	if len(far) == 0 {
		return false
	}
	return l.refuseRange(v, u, section, far)
}

// refuseRange refuses the sites of functions in which a jump does not reach its target any more.
func (l *link) refuseRange(v *codeView, u *unit, section int, far []uint64) bool {
	var list []lower.Note
	done := map[int]bool{}
	for _, off := range far {
		f := v.at(u, section, off)
		if f < 0 || done[f] {
			continue
		}
		done[f] = true
		for i, site := range v.program.Funcs[f].Sites {
			if site.Lower {
				list = append(list, lower.Note{Func: f, Site: i, ID: "lower-range",
					Message: fmt.Sprintf("probe '%s' in '%s': with it a jump at %#x would lead further than 16 bits can say", site.Probe, v.funcs[f].fn.Name, off),
					Hint:    "compile with -mcpu=v4, which has longer jumps, make the function smaller, or leave the probe a NOP"})
			}
		}
	}
	if len(list) == 0 {
		l.log.Add(diag.Errorf("lower-range", u.codePlace(section, far[0]), "a jump does not reach its target any more").
			WithHint("compile with -mcpu=v4, which has longer jumps"))
		return false
	}
	return l.refuse(v, list)
}

// relocateCalls gives the calls of lowered sites in an input section their relocations, in the form that clang gives
// calls: by section and offset for a static function, by symbol for a global one. It reports whether there are any.
func (l *link) relocateCalls(n int32, p part) (any bool) {
	at, o := &p.unit.secs[p.section], l.out[n]
	at.edit.Edits(func(e *code.Edit, pos uint64) {
		for _, c := range e.Calls {
			off := at.start + pos + c.Off
			to := l.calls[c.Callee].callee
			sym, addend := l.calleeSymbol(to)
			if err := reloc.Call.SetAddend(l.order, o.data, off, addend); err != nil {
				l.log.Add(diag.Errorf("relocation", p.unit.codePlace(p.section, e.At), "call of '%s': %s", to.unit.Obj.Symbols[to.sym].Name, err))
				continue
			}
			o.relocs = append(o.relocs, object.ImageReloc{Offset: off, Type: reloc.Call32, Sym: uint32(sym)})
			any = true
		}
	})
	return any
}

// calleeSymbol returns the symbol by which a function is called, and the offset from it.
func (l *link) calleeSymbol(to symbolRef) (sym int32, addend int64) {
	if g := to.unit.global[to.sym]; g != noGlobal {
		return l.globals[g].symbol, 0
	}
	y := &to.unit.Obj.Symbols[to.sym]
	at, _ := to.unit.place(int(y.Section), y.Value)
	return l.sectionSymbol(to.unit.secs[y.Section].out), int64(at)
}

// markSites puts a tag on the FUNC of each function that holds a lowered site: the probe, and where in the function
// the call is. Tags of an earlier link are brought up to date.
func (l *link) markSites() {
	for _, u := range l.units {
		for si := range u.secs {
			u.secs[si].edit.Edits(func(e *code.Edit, pos uint64) {
				for _, c := range e.Calls {
					call := &l.calls[c.Callee]
					start, _ := u.secs[si].edit.At(call.fn.Start)
					l.tagFunc(u, call.fn, notes.SiteTagText(call.probe, (pos+c.Off-start)/code.InsnSize))
				}
			})
		}
		if u.Types != nil {
			l.moveTags(u)
		}
	}
}

func (l *link) tagFunc(u *unit, fn *code.Function, text string) {
	id := u.Ext.FuncAt(fn.Section, u.Obj.Sections[fn.Section].Name, fn.Start)
	if id == 0 {
		return // compiled without -g
	}
	if own, ok := u.ownFunc[fn.Section][uint32(fn.Start)]; ok {
		id = own
	}
	l.merger.AddTag(id, text)
}

// moveTags corrects the tags of sites that an earlier link lowered, where this one moves them in their functions.
func (l *link) moveTags(u *unit) {
	for _, t := range u.SiteTags() {
		p := &u.secs[t.Section]
		if p.out < 0 || p.edit == nil {
			continue
		}
		start, stays := p.edit.At(t.Start)
		if !stays {
			continue
		}
		at, _ := p.edit.Insn(t.Start + t.Insn*code.InsnSize)
		l.merger.SetName(t.Tag, notes.SiteTagText(t.Probe, (at-start)/code.InsnSize))
	}
}

// checkAttached compares a function that sites are to call with the declaration of their probe.
func (l *link) checkAttached(probe string, f symbolRef) {
	s := &f.unit.Obj.Symbols[f.sym]
	d := l.probes[probe]
	g := f.unit.functions()
	at := l.symbolPlace(f.unit, f.sym)
	i := g.At(int(s.Section), s.Value)
	if i < 0 {
		l.log.Add(diag.Errorf("attach", at, "'%s' is empty", s.Name))
		return
	}
	proto := f.unit.protoAt(&g.Funcs[i])
	if proto == 0 {
		l.log.Add(diag.Errorf("attach", at, "nothing tells what '%s' takes: it has no BTF", s.Name).WithHint("compile with -g"))
		return
	}
	if notes.SameArguments(d.unit.Types, d.decl.Proto, f.unit.Types, proto) {
		return
	}
	l.log.Add(diag.Errorf("attach", at, "'%s' does not take the arguments of probe '%s'", s.Name, probe).
		With(at, "the function takes %s", f.unit.Types.Signature(proto)).
		With(d.unit.declPlace(d.decl), "the probe is declared as %s", d.unit.Types.Signature(d.decl.Proto)))
}
