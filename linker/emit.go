package linker

import (
	"slices"

	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/notes"
	"github.com/bpfsdt/bpf-sdt-link/object"
)

// makeSymbols makes the output's symbols: of sections, then the locals of each input, then globals.
// Section symbols and undefined symbols that no relocation uses are left out at the end.
func (l *link) makeSymbols() {
	most := len(l.out) + len(l.globals)
	for _, u := range l.units {
		most += len(u.Obj.Symbols)
	}
	l.symbols = make([]symbol, 0, most-l.mentions)
	for n, o := range l.out {
		o.symbol = int32(len(l.symbols))
		l.symbols = append(l.symbols, symbol{ImageSymbol: object.ImageSymbol{Type: object.TypeSection, Section: n}, skip: true})
	}
	for _, u := range l.units {
		l.localSymbols(u)
	}
	for _, local := range []bool{true, false} { // as they are written, so that names are in the order of symbols
		for i := range l.globals {
			if g := &l.globals[i]; g.local == local {
				l.globalSymbol(g)
			}
		}
	}
}

// sectionSymbol returns the symbol of an output section, which is needed from now on.
func (l *link) sectionSymbol(out int32) int32 {
	n := l.out[out].symbol
	l.symbols[n].skip = false
	return n
}

func (l *link) localSymbols(u *unit) {
	u.symbol = make([]int32, len(u.Obj.Symbols))
	for i := range u.Obj.Symbols {
		u.symbol[i] = -1
		s := &u.Obj.Symbols[i]
		if i == 0 || u.global[i] != noGlobal || s.Type == object.TypeSection || s.Section == object.Undef {
			continue
		}
		if s.Defined() && (u.secs[s.Section].out < 0 || l.out[u.secs[s.Section].out].notes) {
			continue // gone, or a label that writeNotes makes anew
		}
		if y, ok := l.placeSymbol(u, s); ok {
			y.Bind = object.Local
			if name, ok := u.renamed[uint32(i)]; ok {
				y.Name = name
			}
			u.symbol[i] = int32(len(l.symbols))
			l.symbols = append(l.symbols, symbol{ImageSymbol: y})
		}
	}
}

// placeSymbol returns a defined or absolute symbol at its place in the output.
func (l *link) placeSymbol(u *unit, s *object.Symbol) (object.ImageSymbol, bool) {
	y := object.ImageSymbol{Name: s.Name, Bind: s.Bind, Type: s.Type, Other: s.Other, Section: object.SymAbs, Value: s.Value, Size: s.Size}
	if !s.Defined() {
		return y, true
	}
	at, stays := u.place(int(s.Section), s.Value)
	if !stays {
		return y, false
	}
	end, _ := u.place(int(s.Section), s.Value+s.Size)
	y.Section, y.Value, y.Size = int(u.secs[s.Section].out), at, end-at
	return y, true
}

func (l *link) globalSymbol(g *global) {
	y := object.ImageSymbol{Name: g.name, Bind: object.Weak, Section: object.SymUndef, Other: g.other | g.visibility}
	if g.def != nil {
		var stays bool
		y, stays = l.placeSymbol(g.def, &g.def.Obj.Symbols[g.sym])
		switch {
		case !stays && g.local: // nothing calls it
			g.symbol = -1
			return
		case !stays:
			l.log.Add(diag.Errorf("object", l.symbolPlace(g.def, g.sym), "'%s' is in the body of a function that another object overrides", g.name))
		}
		y.Other = y.Other&^3 | g.visibility
		if g.addressed && !l.opts.KeepWeak {
			y.Bind = object.Global
		}
	} else if g.strong {
		y.Bind = object.Global
	}
	if g.local {
		y.Bind, y.Other = object.Local, y.Other&^3
		if name, ok := g.def.renamed[g.sym]; ok {
			y.Name = name
		}
	}
	g.symbol = int32(len(l.symbols))
	l.symbols = append(l.symbols, symbol{ImageSymbol: y, skip: g.def == nil && len(g.uses) == 0})
}

// targetSymbol returns the output's symbol for a symbol of an input, or -1 if it has none.
func (l *link) targetSymbol(u *unit, i uint32) int32 {
	s := &u.Obj.Symbols[i]
	switch n := u.global[i]; {
	case n != noGlobal:
		return l.globals[n].symbol
	case s.Type == object.TypeSection && s.Defined():
		if out := u.secs[s.Section].out; out >= 0 {
			return l.sectionSymbol(out)
		}
		return -1
	}
	return u.symbol[i]
}

// emit writes the output and looks at it once more, as its reader would.
func (l *link) emit() (*Result, error) {
	im := &object.Image{Order: l.order}
	place := make([]uint32, len(l.symbols))
	im.Symbols = make([]object.ImageSymbol, 0, len(l.symbols))
	gone := l.emptied()
	index := make([]int, len(l.out))
	for n := range l.out {
		index[n] = len(im.Sections)
		if !gone[n] {
			im.Sections = append(im.Sections, object.ImageSection{})
		}
	}
	for i := range l.symbols {
		if s := &l.symbols[i]; !s.skip {
			place[i] = uint32(len(im.Symbols))
			im.Symbols = append(im.Symbols, s.ImageSymbol)
			if y := &im.Symbols[place[i]]; y.Section >= 0 {
				y.Section = index[y.Section]
			}
		}
	}
	for n, o := range l.out {
		if gone[n] {
			continue
		}
		for i := range o.relocs {
			o.relocs[i].Sym = place[o.relocs[i].Sym]
		}
		im.Sections[index[n]] = object.ImageSection{Name: o.name, Type: o.typ, Flags: o.flags, Align: o.align, Entsize: o.entsize,
			Data: o.data, Size: o.size, Relocs: o.relocs}
	}
	for _, s := range []struct {
		name string
		data []byte
	}{{".BTF", l.btf}, {".BTF.ext", l.ext}} {
		if s.data != nil {
			im.Sections = append(im.Sections, object.ImageSection{Name: s.name, Type: object.SecProgbits, Align: 8, Data: s.data})
		}
	}
	pieces, err := im.Pieces()
	if err != nil {
		l.log.Add(diag.Errorf("output", diag.Place{Object: l.opts.Output}, "%s", err))
		return nil, l.log.Err()
	}
	r := &Result{pieces: pieces, Files: l.files}
	if !l.opts.Unjoined || l.opts.Map || len(l.probes) > 0 {
		r.Object = slices.Concat(pieces...)
		r.pieces = [][]byte{r.Object}
	}
	if err := l.review(r); err != nil {
		return nil, err
	}
	if l.opts.Map {
		if err := l.makeMap(r, index, gone); err != nil {
			return nil, err
		}
	}
	if l.opts.Unjoined {
		r.Object = nil
	}
	return r, nil
}

// emptied tells which sections have nothing left in them and no symbol: notes of sites that have become calls, code
// that cannot run.
func (l *link) emptied() []bool {
	gone := make([]bool, len(l.out))
	for n, o := range l.out {
		gone[n] = o.notes && len(o.data) == 0 || o.exec() && o.size == 0
	}
	var used []bool
	for i := range l.symbols {
		s := &l.symbols[i]
		if s.skip || s.Section < 0 || !gone[s.Section] {
			continue
		}
		if used == nil {
			used = l.usedSymbols()
		}
		if s.Bind == object.Local && l.out[s.Section].exec() && !used[i] {
			s.skip = true // a label behind the last function that was cut out
			continue
		}
		gone[s.Section] = false
	}
	return gone
}

// usedSymbols tells which symbols relocations of the output name.
func (l *link) usedSymbols() []bool {
	used := make([]bool, len(l.symbols))
	for _, o := range l.out {
		for i := range o.relocs {
			used[o.relocs[i].Sym] = true
		}
	}
	return used
}

// review reads the probes of the output and adds the warnings that only the whole can give.
func (l *link) review(r *Result) error {
	if len(l.probes) > 0 {
		f, err := notes.Open(l.opts.Output, r.Object)
		if err != nil {
			l.log.Add(diag.Errorf("output", diag.Place{Object: l.opts.Output}, "the linked object cannot be read: %s", err))
			return l.log.Err()
		}
		var ds []diag.Diagnostic
		r.Probes, ds = f.Probes()
		for _, d := range ds {
			d.Place = l.origin(d.Place)
			if p := l.probes[unprefixed(d.Place.Symbol)]; p != nil && !d.Place.HasOffset {
				d.Place.Object = p.unit.Obj.Name
			}
			for i := range d.Related {
				d.Related[i].Place = l.origin(d.Related[i].Place)
			}
			l.log.Add(d)
		}
	}
	if l.opts.FatalWarnings && len(l.log.All()) > 0 {
		l.log.Add(diag.Errorf("fatal-warnings", diag.Place{}, "warnings are errors, by option"))
	}
	if err := l.log.Err(); err != nil {
		return err
	}
	r.Diagnostics = l.log.All()
	return nil
}

// unprefixed returns the probe's name for that of its declaration.
func unprefixed(symbol string) string {
	if n := len(notes.TypePrefix); len(symbol) > n && symbol[:n] == notes.TypePrefix {
		return symbol[n:]
	}
	return ""
}
