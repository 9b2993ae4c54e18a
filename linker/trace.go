package linker

import (
	"slices"

	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/object"
)

// EventKind is what an Event is about.
type EventKind uint8

const (
	EventInput   EventKind = iota // an object is linked, Place.Object
	EventSymbol                   // an object mentions a symbol of Options.TraceSymbols
	EventRemoved                  // a function is left out
)

// Event is something that happens to an input or a symbol.
type Event struct {
	Kind   EventKind
	Place  diag.Place // with the source line, where that is known
	Symbol string     // what an EventSymbol or EventRemoved is about
	// What an EventSymbol is: "definition", "weak definition", "common definition", "static definition", "lazy definition" (by a
	// member of an archive that may be linked for it), "reference" or "weak reference". Why something is removed: "nothing calls it".
	What string
	Size uint64 // of what is removed, in bytes
}

func (l *link) trace(e Event) {
	if l.opts.Trace != nil {
		l.opts.Trace(e)
	}
}

// traced reports whether somebody wants to hear of a symbol.
func (l *link) traced(name string) bool {
	return l.opts.Trace != nil && slices.Contains(l.opts.TraceSymbols, name)
}

// traceSymbols tells where the symbols are mentioned that somebody wants to hear of.
func (l *link) traceSymbols() error {
	if l.opts.Trace == nil || len(l.opts.TraceSymbols) == 0 {
		return nil
	}
	for _, u := range l.units {
		for i := range u.Obj.Symbols {
			if s := &u.Obj.Symbols[i]; i > 0 && s.Type != object.TypeSection && s.Type != object.TypeFile && l.traced(s.Name) {
				l.trace(Event{Kind: EventSymbol, Symbol: s.Name, Place: l.symbolPlace(u, uint32(i)), What: u.mention(uint32(i))})
			}
		}
	}
	return nil
}

// mention says how an object mentions a symbol.
func (u *unit) mention(i uint32) string {
	s := &u.Obj.Symbols[i]
	switch {
	case s.Section == object.Undef && s.Bind == object.Weak:
		return "weak reference"
	case s.Section == object.Undef:
		return "reference"
	case s.Bind == object.Local:
		return "static definition"
	case u.common[i]:
		return "common definition"
	case s.Bind == object.Weak:
		return "weak definition"
	}
	return "definition"
}

// traceRemoved tells which functions are left out. That is known once it is known which sites call functions.
func (l *link) traceRemoved() error {
	if l.opts.Trace == nil {
		return nil
	}
	for _, r := range l.removedFunctions() {
		l.trace(Event{Kind: EventRemoved, Symbol: r.place.Symbol, Place: r.place, What: r.why, Size: r.size})
	}
	return nil
}

// removed is a function that is not in the output.
type removed struct {
	unit  *unit
	place diag.Place
	size  uint64 // bytes
	why   string
}

// removedFunctions returns the functions that are left out, in the order of inputs, sections and offsets.
func (l *link) removedFunctions() (list []removed) {
	for _, u := range l.units {
		for si := range u.secs {
			if len(u.secs[si].cuts) == 0 {
				continue
			}
			g := u.functions()
			for _, c := range u.secs[si].cuts {
				f := g.At(si, c.Start)
				if f < 0 {
					continue
				}
				fn := &g.Funcs[f]
				list = append(list, removed{u, u.Place(si, c.Start, fn.Name, fn.Start), c.End - c.Start, l.whyRemoved(u, fn.Symbol, codePoint{si, c.Start})})
			}
		}
	}
	return list
}

func (l *link) whyRemoved(u *unit, sym uint32, at codePoint) string {
	if by, ok := u.replaced[at]; ok {
		return "the stub of " + by.unit.Obj.Name + " is the same"
	}
	if n := u.global[sym]; n != noGlobal && l.globals[n].def != nil && l.globals[n].def != u {
		return l.globals[n].def.Obj.Name + " overrides it"
	}
	return "nothing calls it"
}
