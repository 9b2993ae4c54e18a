package linker

import (
	"path"
	"strings"

	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/object"
)

// localize makes the globals local that options name.
func (l *link) localize() error {
	if len(l.opts.Localize) == 0 {
		return nil
	}
	for i := range l.globals {
		g := &l.globals[i]
		g.local = g.def != nil && l.whyGlobal(g) == "" && matchesLast(l.opts.Localize, g.name)
	}
	for _, p := range l.opts.Localize {
		l.checkLocalize(p)
	}
	return nil
}

// whyGlobal says why a global that is defined has to stay one, "" if it need not.
func (l *link) whyGlobal(g *global) string {
	s := &g.def.Obj.Symbols[g.sym]
	if !s.Defined() {
		return "it is not in a section"
	}
	switch sec := &g.def.Obj.Sections[s.Section]; {
	case sec.Exec() && !g.def.inText(s):
		return "it is a program, and libbpf runs no static one"
	case sec.Name == ".maps" || sec.Name == "maps":
		return "it is a map, and libbpf knows no static one"
	case strings.HasPrefix(strings.TrimPrefix(sec.Name, "?"), ".struct_ops"):
		return "it is a map of struct_ops, which libbpf finds by its name"
	case once(sec.Name):
		return "loaders look for it"
	}
	return ""
}

// checkLocalize refuses a name that cannot be made local, and a pattern without effect.
func (l *link) checkLocalize(pattern string) {
	bare := strings.TrimPrefix(pattern, "!")
	glob := strings.ContainsAny(bare, `*?[\`)
	names := make([]string, 0, len(l.globals))
	for i := range l.globals {
		g := &l.globals[i]
		names = append(names, g.name)
		if ok, _ := path.Match(bare, g.name); !ok {
			continue
		}
		if glob || bare != pattern || g.local {
			return
		}
		why, at := "no object defines it", diag.Place{}
		if g.def != nil {
			why, at = l.whyGlobal(g), l.symbolPlace(g.def, g.sym)
		}
		if why != "" { // else a later pattern takes it out
			l.log.Add(diag.Errorf("localize", at, "'%s' cannot be made local: %s", g.name, why))
		}
		return
	}
	d := diag.Errorf("localize", diag.Place{}, "--localize: no object has a global symbol '%s'", bare)
	if glob {
		d = diag.Warnf("localize", diag.Place{}, "--localize: no global symbol matches '%s'", bare)
	} else if near := diag.Nearest(bare, names); near != "" {
		d = d.WithHint("did you mean '%s'?", near)
	}
	l.log.Add(d)
}

// localizedHere reports whether a symbol is the definition of a global that is made local.
func (l *link) localizedHere(u *unit, i uint32) *global {
	n := u.global[i]
	if n == noGlobal {
		return nil
	}
	if g := &l.globals[n]; g.local && g.def == u && g.sym == i {
		return g
	}
	return nil
}

// isStatic reports whether nothing outside of the output can refer to a symbol.
func (l *link) isStatic(u *unit, i uint32) bool {
	return u.Obj.Symbols[i].Bind == object.Local || l.localizedHere(u, i) != nil
}
