package notes

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/object"
)

// Probes returns the probes of an object by name, with everything that is wrong with them or odd.
func (f *File) Probes() ([]Probe, []diag.Diagnostic) {
	s := f.Scan()
	ds := slices.Clone(s.Faults)
	probes, more := s.probes()
	ds = append(ds, more...)
	if f.Types == nil && len(s.Entries) > 0 {
		ds = append(ds, NoBTF(f))
	}
	for i := range s.Entries {
		if e := &s.Entries[i]; e.Probe != "" && s.Decl(e.Probe) == nil {
			ds = append(ds, s.Undeclared(e))
		}
	}
	return probes, append(ds, f.Oddities(probes)...)
}

// NoBTF is the warning for an object that was compiled without -g.
func NoBTF(f *File) diag.Diagnostic {
	return diag.Warnf("no-btf", diag.Place{Object: f.Obj.Name}, "the object has no BTF").WithHint("compile with -g")
}

// Undeclared is the fault of a site whose probe has no declaration.
func (s *Scan) Undeclared(e *Entry) diag.Diagnostic {
	return diag.Errorf("probe-undeclared", s.SitePlace(e), "probe '%s' has no declaration", e.Probe).
		With(diag.Place{Object: s.file.Obj.Name, Symbol: s.file.Obj.Symbols[e.Label].Name}.At(Section, e.Offset), "the entry of the site").
		WithHint("declare it with %s and compile with -g", e.declaration())
}

// declaration is the macro that declares an entry's probe.
func (e *Entry) declaration() string {
	n := e.Args()
	switch {
	case n <= 0:
		return fmt.Sprintf("BPF_SDT_DECLARE(%s)", e.Probe)
	case n > MaxArgs:
		return fmt.Sprintf("BPF_SDT_DECLARE_N(%s, ...)", e.Probe)
	}
	return fmt.Sprintf("BPF_SDT_DECLARE%d(%s, ...)", n, e.Probe)
}

// probes puts declarations and entries together.
func (s *Scan) probes() ([]Probe, []diag.Diagnostic) {
	index := map[string]int{}
	var probes []Probe
	get := func(name string) *Probe {
		i, ok := index[name]
		if !ok {
			i = len(probes)
			index[name] = i
			probes = append(probes, Probe{Name: name})
		}
		return &probes[i]
	}
	for i := range s.Decls {
		d := &s.Decls[i]
		p := get(d.Name)
		p.Declared, p.ProtoID = true, d.Proto
		if d.Proto != 0 {
			p.Args = s.args(d)
		}
	}
	for i := range s.Entries {
		e := &s.Entries[i]
		if e.Probe == "" {
			continue // said so
		}
		if e.Code == 0 {
			get(e.Probe).faulty = true
			continue
		}
		site := s.siteAt(e)
		p := get(e.Probe)
		p.Sites = append(p.Sites, site)
	}
	faults := s.lowered(get)
	s.flags(index, probes)
	for i := range probes {
		slices.SortStableFunc(probes[i].Sites, func(a, b Site) int {
			return cmp.Or(cmp.Compare(a.SectionIndex, b.SectionIndex), cmp.Compare(a.Offset, b.Offset))
		})
	}
	slices.SortFunc(probes, func(a, b Probe) int { return cmp.Compare(a.Name, b.Name) })
	return probes, faults
}

// siteAt describes the site of an entry.
func (s *Scan) siteAt(e *Entry) Site {
	place := s.SitePlace(e)
	site := Site{Probe: e.Probe, Section: place.Section, SectionIndex: e.Code, Offset: e.Nop, Entry: e.Offset, Regs: e.Regs,
		Function: place.Symbol, File: place.File, Line: place.Line, Column: place.Column}
	if e.Func >= 0 {
		if s.programs == nil {
			s.programs = s.Graph.Programs()
		}
		for _, p := range s.programs[e.Func] {
			site.Programs = append(site.Programs, s.Graph.Funcs[p].Name)
		}
	}
	return site
}

// flags finds the variables that BPF_SDT_ENABLED reads, defined or not.
func (s *Scan) flags(index map[string]int, probes []Probe) {
	for i := range s.file.Obj.Symbols {
		name := s.file.Obj.Symbols[i].Name
		if probe, ok := strings.CutPrefix(name, FlagPrefix); ok {
			if k, ok := index[probe]; ok {
				probes[k].Flag = name
			}
		}
	}
}

// Oddities warns of probes that are right by the letter and yet not what somebody wants.
func (f *File) Oddities(probes []Probe) (ds []diag.Diagnostic) {
	funcs := map[string]uint32{}
	for i := range f.Obj.Symbols {
		if y := &f.Obj.Symbols[i]; y.Type == object.TypeFunc && y.Defined() {
			funcs[y.Name] = uint32(i)
		}
	}
	for i := range probes {
		p := &probes[i]
		at := diag.Place{Object: f.Obj.Name}
		if len(p.Sites) == 0 && p.Declared && !p.faulty {
			ds = append(ds, diag.Warnf("probe-unused", at.In(TypePrefix+p.Name), "probe '%s' is declared and has no site", p.Name))
		}
		if n, ok := funcs[p.Name]; ok && p.Stub != p.Name {
			y := &f.Obj.Symbols[n]
			ds = append(ds, diag.Warnf("probe-funcname", f.Place(int(y.Section), y.Value, y.Name, y.Value), "probe '%s' has the name of a function", p.Name).
				WithHint("an observer that is attached by name may reach the other one; rename the probe or the function"))
		}
		ds = append(ds, f.repeated(p)...)
	}
	return ds
}

// maxShown bounds the sites that one warning names.
const maxShown = 32

// repeated warns once for each probe and program with more than one site: the RFC's kernel attaches
// an observer to the first only. A loader puts a program's own code before that of its subprograms.
func (f *File) repeated(p *Probe) (ds []diag.Diagnostic) {
	sites := map[string][]*Site{} // by program
	var programs []string
	for _, own := range []bool{true, false} {
		for i := range p.Sites {
			s := &p.Sites[i]
			for _, prog := range s.Programs {
				if (prog == s.Function) != own || s.Linked != LinkedNop {
					continue
				}
				if sites[prog] == nil {
					programs = append(programs, prog)
				}
				sites[prog] = append(sites[prog], s)
			}
		}
	}
	for _, prog := range programs {
		list := sites[prog]
		if len(list) < 2 {
			continue
		}
		d := diag.Warnf("probe-repeated", f.sitePlace(list[0]), "probe '%s' has %d sites in program '%s'; a kernel that takes the first only reaches this one", p.Name, len(list), prog)
		for _, s := range list[1:min(len(list), maxShown)] {
			d = d.With(f.sitePlace(s), "another site")
		}
		if n := len(list) - maxShown; n > 0 {
			d = d.With(f.sitePlace(list[maxShown]), "and %d more, of which this is the first", n)
		}
		ds = append(ds, d)
	}
	return ds
}

func (f *File) sitePlace(s *Site) diag.Place {
	p := diag.Place{Object: f.Obj.Name, Symbol: s.Function, File: s.File, Line: s.Line, Column: s.Column}
	return p.At(s.Section, s.Offset)
}
