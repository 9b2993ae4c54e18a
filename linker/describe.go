package linker

import (
	"strings"

	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/linkmap"
	"github.com/bpfsdt/bpf-sdt-link/notes"
	"github.com/bpfsdt/bpf-sdt-link/object"
)

// mapMaker makes the map of a link.
type mapMaker struct {
	*link
	m     *linkmap.Map
	obj   *object.Object // the output
	input map[*unit]int
	out   map[int]int // index of a section of the output -> index in link.out
}

// makeMap says in r.Map what the link has done. at has for each output section its index among those of the image, gone whether
// it is not there.
func (l *link) makeMap(r *Result, at []int, gone []bool) error {
	obj, err := object.Parse(l.opts.Output, r.Object)
	if err != nil {
		l.log.Add(diag.Errorf("output", diag.Place{Object: l.opts.Output}, "the linked object cannot be read: %s", err))
		return l.log.Err()
	}
	m := &mapMaker{link: l, m: &linkmap.Map{Output: l.opts.Output, Size: uint64(len(r.Object)), Probes: r.Probes}, obj: obj,
		input: map[*unit]int{}, out: map[int]int{}}
	for n := range l.out {
		if !gone[n] {
			m.out[object.FirstSection+at[n]] = n
		}
	}
	m.inputs()
	m.sections()
	m.symbols()
	m.removedFunctions()
	m.dropped()
	m.changed()
	r.Map = m.m
	return nil
}

func (m *mapMaker) inputs() {
	for i, u := range m.units {
		m.input[u] = i
		in := linkmap.Input{Name: u.Obj.Name, Size: u.Obj.Size, Symbol: u.pulledFor}
		if u.Obj.Name == generatedName {
			in.Size = 0
		}
		if u.pulledBy != nil {
			in.By = u.pulledBy.Obj.Name
		}
		m.m.Inputs = append(m.m.Inputs, in)
	}
}

func (m *mapMaker) sections() {
	for i := 1; i < len(m.obj.Sections); i++ {
		s := &m.obj.Sections[i]
		out := linkmap.Section{Name: s.Name, Type: sectionType(s), Flags: sectionFlags(s.Flags), Size: s.Size, Align: s.Align, Offset: s.Offset}
		if n, ok := m.out[i]; ok {
			for _, p := range m.link.out[n].parts {
				out.Parts = append(out.Parts, m.part(p))
			}
		}
		m.m.Sections = append(m.m.Sections, out)
	}
}

func (m *mapMaker) part(p part) linkmap.Part {
	s, pl := &p.unit.Obj.Sections[p.section], &p.unit.secs[p.section]
	size := pl.edit.Size(s.Size)
	if s.Name == notes.Section {
		size = p.unit.noteBytes(p.section)
	}
	return linkmap.Part{Input: m.input[p.unit], Section: s.Name, Offset: pl.start, Size: size, Before: s.Size}
}

// noteBytes returns how many bytes of a section of notes are in the output.
func (u *unit) noteBytes(section int) (size uint64) {
	for i := range u.scan.Entries {
		if e := &u.scan.Entries[i]; e.Notes == section && u.siteStays(e) {
			size += e.Size
		}
	}
	return size
}

// sectionType names what a section of the output is for.
func sectionType(s *object.Section) string {
	switch s.Type {
	case object.SecRel:
		return "relocations"
	case object.SecSymtab:
		return "symbols"
	case object.SecStrtab:
		return "strings"
	case object.SecNobits:
		return "zero"
	case object.SecNote:
		return "note"
	}
	switch {
	case s.Exec():
		return "code"
	case s.Name == ".BTF", s.Name == ".BTF.ext":
		return "btf"
	case s.Name == ".maps":
		return "maps"
	case s.Name == notes.Section:
		return "probes"
	}
	return "data"
}

func sectionFlags(flags uint64) string {
	var b strings.Builder
	for _, f := range []struct {
		flag uint64
		word string
	}{{object.FlagWrite, "W"}, {object.FlagAlloc, "A"}, {object.FlagExec, "X"}} {
		if flags&f.flag != 0 {
			b.WriteString(f.word)
		}
	}
	return b.String()
}

var (
	bindings     = map[uint8]string{object.Local: "local", object.Global: "global", object.Weak: "weak"}
	symbolTypes  = map[uint8]string{object.TypeFunc: "function", object.TypeObject: "object"}
	visibilities = [4]string{"default", "internal", "hidden", "protected"}
)

func (m *mapMaker) symbols() {
	for i := 1; i < len(m.obj.Symbols); i++ {
		s := &m.obj.Symbols[i]
		if s.Type == object.TypeSection || s.Type == object.TypeFile {
			continue
		}
		y := linkmap.Symbol{Name: s.Name, Binding: bindings[s.Bind], Type: symbolTypes[s.Type], Visibility: visibilities[s.Visibility()],
			Section: -2, Offset: s.Value, Size: s.Size, Input: -1}
		if y.Type == "" {
			y.Type = "none"
		}
		switch {
		case s.Section == object.Undef:
			y.Section = -1
		case s.Defined():
			y.Section = int(s.Section) - 1
			m.origin(s, &y)
		}
		m.m.Symbols = append(m.m.Symbols, y)
	}
}

// origin finds the input that a symbol of the output is of, and its source line.
func (m *mapMaker) origin(s *object.Symbol, y *linkmap.Symbol) {
	n, ok := m.out[int(s.Section)]
	if !ok {
		return
	}
	p, off, ok := m.link.out[n].partAt(s.Value)
	if !ok {
		return
	}
	y.Input = m.input[p.unit]
	if m.link.out[n].exec() {
		at := p.unit.Place(p.section, off, s.Name, off)
		y.File, y.Line = at.File, at.Line
	}
}

// drop notes that something of an input is not in the output.
func (m *mapMaker) drop(kind, name string, u *unit, section string, off, size uint64, why string) {
	m.m.Dropped = append(m.m.Dropped, linkmap.Dropped{Kind: kind, Name: name, Input: m.input[u], Section: section, Offset: off, Size: size, Why: why})
}

func (m *mapMaker) removedFunctions() {
	for _, r := range m.link.removedFunctions() {
		m.drop("function", r.place.Symbol, r.unit, r.place.Section, r.place.Offset, r.size, r.why)
	}
}

func (m *mapMaker) dropped() {
	for _, u := range m.units {
		m.droppedSections(u)
		for _, i := range u.lostMaps {
			s := &u.Obj.Symbols[i]
			m.drop("definition", s.Name, u, u.Obj.Sections[s.Section].Name, s.Value, s.Size, "the map of "+m.globals[u.global[i]].def.Obj.Name+" is the same")
		}
	}
	for i := range m.globals {
		g := &m.globals[i]
		for _, r := range g.losers {
			if s := &r.unit.Obj.Symbols[r.sym]; s.Defined() && s.Type != object.TypeFunc {
				m.drop("definition", s.Name, r.unit, r.unit.Obj.Sections[s.Section].Name, s.Value, s.Size, g.def.Obj.Name+" overrides it")
			}
		}
	}
	for _, lazy := range m.lazy {
		if !lazy.linked {
			m.m.Dropped = append(m.m.Dropped, linkmap.Dropped{Kind: "member", Name: lazy.member.Name, Input: -1, Size: lazy.member.Size, Why: "no object refers to it"})
		}
	}
}

func (m *mapMaker) droppedSections(u *unit) {
	dwarf := uint64(0)
	for i := range u.Obj.Sections {
		s := &u.Obj.Sections[i]
		switch by := u.dropped[i]; {
		case s.Type != object.SecProgbits && s.Type != object.SecNobits:
		case by != nil:
			m.drop("section", s.Name, u, s.Name, 0, s.Size, by.Obj.Name+" has the same group")
		case u.secs[i].copy:
			m.drop("section", s.Name, u, s.Name, 0, s.Size, m.link.out[u.secs[i].out].parts[0].unit.Obj.Name+" has the same")
		case strings.HasPrefix(s.Name, ".debug_"):
			dwarf += s.Size
		}
	}
	if dwarf > 0 {
		m.drop("section", ".debug_*", u, ".debug_*", 0, dwarf, "DWARF is not linked")
	}
}

// changed notes the symbols that have another name or binding in the output.
func (m *mapMaker) changed() {
	for _, u := range m.units {
		for i := range u.Obj.Symbols {
			name, ok := u.renamed[uint32(i)]
			if !ok {
				continue
			}
			r := linkmap.Renamed{From: u.Obj.Symbols[i].Name, To: name, Input: m.input[u], Why: "--prefix"}
			if by := u.namesake[uint32(i)]; by != nil && m.opts.Prefix == "" {
				r.Why = by.Obj.Name + " has one of the name"
			}
			m.m.Renamed = append(m.m.Renamed, r)
		}
	}
	for i := range m.globals {
		g := &m.globals[i]
		if g.def == nil {
			continue
		}
		p := linkmap.Promoted{Name: g.name, Input: m.input[g.def], From: bindings[g.def.Obj.Symbols[g.sym].Bind], To: "global"}
		switch {
		case g.local:
			p.To, p.Why = "local", "--localize"
		case g.addressed && !m.opts.KeepWeak && g.weak:
			p.Why = "its address is used, and cilium/ebpf does not load that of a weak symbol"
		default:
			continue
		}
		m.m.Promoted = append(m.m.Promoted, p)
	}
}
