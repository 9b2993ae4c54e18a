package linker

import (
	"cmp"
	"slices"

	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/notes"
	"github.com/bpfsdt/bpf-sdt-link/object"
	"github.com/bpfsdt/bpf-sdt-link/reloc"
)

// probeDecl is the declaration of a probe that stays, the most complete of those that inputs have.
type probeDecl struct {
	unit     *unit
	decl     *notes.Decl
	complete int
}

// checkProbes checks every note and finds one declaration for each probe.
func (l *link) checkProbes() error {
	l.probes = map[string]*probeDecl{}
	if err := l.eachUnit(func(u *unit) { u.scan = u.Scan() }); err != nil {
		return err
	}
	for _, u := range l.units {
		l.log.Add(u.scan.Faults...)
		for i := range u.scan.Decls {
			l.declare(u, &u.scan.Decls[i])
		}
	}
	for _, u := range l.units {
		for i := range u.scan.Entries {
			e := &u.scan.Entries[i]
			if e.Probe == "" || u.scan.Decl(e.Probe) != nil {
				continue // faulty, or checked against its own object's declaration
			}
			p := l.probes[e.Probe]
			if p == nil {
				if !l.missing { // else the declaration may be in what could not be read
					l.log.Add(u.scan.Undeclared(e))
				}
			} else if n := e.Args(); e.Code != 0 && p.decl.NArgs != n {
				l.log.Add(diag.Errorf("probe-nargs", u.scan.SitePlace(e), "probe '%s' has %d arguments here and %d in its declaration", e.Probe, n, p.decl.NArgs).
					With(p.unit.declPlace(p.decl), "the declaration"))
			}
		}
	}
	return nil
}

// declare compares a declaration with the one that stays, and takes its place if it says more.
func (l *link) declare(u *unit, d *notes.Decl) {
	if d.Proto == 0 {
		return // faulty, and said so
	}
	p := l.probes[d.Name]
	complete := u.Types.Completeness(d.Proto)
	if p == nil {
		l.probes[d.Name] = &probeDecl{u, d, complete}
		return
	}
	if !notes.Agree(p.unit.File, p.decl, u.File, d) {
		l.log.Add(notes.Conflict(p.unit.File, p.decl, p.unit.declPlace(p.decl), u.File, d, u.declPlace(d)))
		return
	}
	if complete > p.complete {
		*p = probeDecl{u, d, complete}
	}
}

// declPlace returns the place of a declaration: BTF has no lines for declarations, so it is that of
// the object's first site of the probe, if there is one.
func (u *unit) declPlace(d *notes.Decl) diag.Place {
	for i := range u.scan.Entries {
		if e := &u.scan.Entries[i]; e.Probe == d.Name && e.Code != 0 {
			return u.scan.SitePlace(e)
		}
	}
	return diag.Place{Object: u.Obj.Name, Symbol: notes.TypePrefix + d.Name}
}

// layOutNotes gives each entry whose site stays its place in the output. Entries are in the order of
// the inputs.
func (l *link) layOutNotes(o *outSection) {
	o.align, o.flags, o.entsize = max(o.align, 1), 0, 0
	for _, p := range o.parts {
		p.unit.secs[p.section].start = o.size
		for i := range p.unit.scan.Entries {
			if e := &p.unit.scan.Entries[i]; e.Notes == p.section && p.unit.siteStays(e) {
				o.size += e.Size
			}
		}
	}
}

// siteStays reports whether an entry's site is in the output, as the NOP that it was.
func (u *unit) siteStays(e *notes.Entry) bool {
	return u.siteRuns(e) && !u.secs[e.Code].edit.Replaced(e.Nop)
}

// siteRuns reports whether the function that an entry's site is in is in the output.
func (u *unit) siteRuns(e *notes.Entry) bool {
	if e.Code == 0 || u.secs[e.Code].out < 0 {
		return false
	}
	_, stays := u.place(e.Code, e.Nop)
	return stays
}

// writeNotes writes .bpf_sdt_notes: each entry with the final offset of its NOP, the relocation that
// names the code section, and a local label with the bare name, all as the RFC's loader wants them.
func (l *link) writeNotes(o *outSection) {
	o.data = make([]byte, 0, o.size)
	for _, p := range o.parts {
		entries := slices.Clone(p.unit.scan.Entries)
		slices.SortStableFunc(entries, func(a, b notes.Entry) int { return cmp.Compare(a.Offset, b.Offset) })
		for i := range entries {
			e := &entries[i]
			if e.Notes != p.section || !p.unit.siteStays(e) {
				continue
			}
			at := uint64(len(o.data))
			o.data = append(o.data, p.unit.Obj.Sections[p.section].Data[e.Offset:e.Offset+e.Size]...)
			nop, _ := p.unit.placeInsn(e.Code, e.Nop)
			l.order.PutUint64(o.data[at:], nop)
			o.relocs = append(o.relocs, object.ImageReloc{Offset: at, Type: reloc.Abs64, Sym: uint32(l.sectionSymbol(p.unit.secs[e.Code].out))})
			l.symbols = append(l.symbols, symbol{ImageSymbol: object.ImageSymbol{
				Name: notes.LabelPrefix + e.Probe, Bind: object.Local, Type: object.TypeNone, Section: int(l.outByName[notes.Section]), Value: at}})
		}
	}
}
