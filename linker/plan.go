package linker

import (
	"path"
	"strings"

	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/notes"
	"github.com/bpfsdt/bpf-sdt-link/object"
)

// plan is what becomes of the sites of one probe.
type plan struct {
	mode       ProbeMode
	bestEffort bool
	attach     string // the function that sites call, "" for a stub
	callee     symbolRef
	sites      []siteRef // all, in the order of inputs
}

// siteRef is a site of an input.
type siteRef struct {
	unit  *unit
	entry *notes.Entry
}

// planProbes decides by the options what becomes of each probe's sites.
func (l *link) planProbes() error {
	l.plans = map[string]*plan{}
	for name := range l.probes {
		l.plans[name] = l.planOf(name)
	}
	for _, u := range l.units {
		for i := range u.scan.Entries {
			e := &u.scan.Entries[i]
			if p := l.plans[e.Probe]; p != nil && e.Code != 0 {
				p.sites = append(p.sites, siteRef{u, e})
			}
		}
	}
	l.checkRules()
	return nil
}

func (l *link) planOf(probe string) *plan {
	p := &plan{}
	for i := range l.opts.Probes {
		if r := &l.opts.Probes[i]; r.matches(probe) {
			p.mode, p.bestEffort = r.Mode, r.BestEffort
		}
	}
	for _, a := range l.opts.Attach {
		if ok, _ := path.Match(a.Probe, probe); ok {
			p.mode, p.attach = ProbeCall, a.Function
		}
	}
	return p
}

// planned returns the plan for a probe. One that has no declaration stays as it is: that is a fault, and said so.
func (l *link) planned(probe string) *plan {
	if p := l.plans[probe]; p != nil {
		return p
	}
	return &plan{}
}

// checkRules refuses names of probes that there are not: somebody has mistyped them.
func (l *link) checkRules() {
	check := func(option, pattern string) {
		pattern = strings.TrimPrefix(pattern, "!")
		for name := range l.probes {
			if ok, _ := path.Match(pattern, name); ok {
				return
			}
		}
		d := diag.Errorf("no-probe", diag.Place{}, "%s: no object has a probe '%s'", option, pattern)
		if strings.ContainsAny(pattern, `*?[\`) {
			d = diag.Warnf("no-probe", diag.Place{}, "%s: no probe's name matches '%s'", option, pattern)
		} else if near := l.nearestProbe(pattern); near != "" {
			d = d.WithHint("did you mean '%s'?", near)
		}
		l.log.Add(d)
	}
	for _, r := range l.opts.Probes {
		for _, p := range r.Patterns {
			check("--probes", p)
		}
	}
	for _, a := range l.opts.Attach {
		check("--attach", a.Probe)
	}
}

func (l *link) nearestProbe(name string) string {
	names := make([]string, 0, len(l.probes))
	for n := range l.probes {
		names = append(names, n)
	}
	return diag.Nearest(name, names)
}

// attached finds the functions that sites call by --attach.
func (l *link) resolveAttached() {
	for _, name := range l.probeNames() {
		p := l.plans[name]
		if p.attach == "" {
			continue
		}
		f, ok := l.findFunction(name, p.attach)
		if !ok {
			continue
		}
		p.callee = f
		l.checkAttached(name, f)
	}
}

// findFunction finds a function of .text by name: a global one, or a static one if it is the only one of that name.
func (l *link) findFunction(probe, name string) (symbolRef, bool) {
	refuse := func(format string, args ...any) (symbolRef, bool) {
		d := diag.Errorf("attach", l.siteOf(probe), "probe '%s' cannot call '%s': "+format, append([]any{probe, name}, args...)...)
		if near := diag.Nearest(name, l.functionNames()); near != "" && near != name {
			d = d.WithHint("did you mean '%s'?", near)
		}
		l.log.Add(d)
		return symbolRef{}, false
	}
	var found []symbolRef
	if n := l.globalNamed(l.merger.Intern(name)); n >= 0 && l.globals[n].def != nil {
		found = append(found, symbolRef{l.globals[n].def, l.globals[n].sym})
	} else {
		for _, u := range l.units {
			for i := range u.Obj.Symbols {
				if s := &u.Obj.Symbols[i]; s.Name == name && s.Type == object.TypeFunc && s.Defined() && s.Bind == object.Local {
					found = append(found, symbolRef{u, uint32(i)})
				}
			}
		}
	}
	switch {
	case len(found) == 0:
		return refuse("no object defines it")
	case len(found) > 1:
		return refuse("it is static in %d objects, and nothing says which one is meant", len(found))
	}
	s := &found[0].unit.Obj.Symbols[found[0].sym]
	if s.Type != object.TypeFunc || !s.Defined() || !found[0].unit.Obj.Sections[s.Section].Exec() {
		return refuse("it is not a function")
	}
	if !found[0].unit.inText(s) {
		return refuse("it is a program, in section '%s', and only functions of .text can be called", found[0].unit.Obj.Sections[s.Section].Name)
	}
	return found[0], true
}

func (l *link) functionNames() (names []string) {
	for _, u := range l.units {
		for i := range u.Obj.Symbols {
			if s := &u.Obj.Symbols[i]; s.Type == object.TypeFunc && s.Defined() && u.inText(s) {
				names = append(names, s.Name)
			}
		}
	}
	return names
}

// siteOf returns the place of a probe: of its first site, else of its declaration.
func (l *link) siteOf(probe string) diag.Place {
	if p := l.plans[probe]; len(p.sites) > 0 {
		return p.sites[0].unit.scan.SitePlace(p.sites[0].entry)
	}
	p := l.probes[probe]
	return p.unit.declPlace(p.decl)
}
