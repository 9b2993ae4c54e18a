package linker

import (
	"github.com/bpfsdt/bpf-sdt-link/code"
	"github.com/bpfsdt/bpf-sdt-link/object"
)

// liveness finds the functions that can run, or that another link or a loader can ask for.
type liveness struct {
	*link
	// of has for each input whether its functions are live. Inputs of which all are have nothing.
	of    map[*unit][]bool
	lost  map[*unit]map[uint32]bool // symbols of overridden weak functions
	stack []funcRef
	// beside has the functions of other inputs that functions refer to and that are local to the output.
	beside map[funcRef][]funcRef
}

// funcRef is a function of an input.
type funcRef struct {
	unit *unit
	n    int32
}

// findLive finds the live functions of those inputs that may have others. losers are overridden weak functions, called those
// that sites will call.
func (l *link) findLive(losers map[*unit][]uint32, called map[*unit][]int32) *liveness {
	v := &liveness{link: l, of: map[*unit][]bool{}, lost: map[*unit]map[uint32]bool{}}
	localize := len(l.opts.Localize) > 0
	for _, u := range l.units {
		if len(losers[u])+len(u.replaced) > 0 || !l.opts.KeepUnreachable && (localize || l.hasStatics(u)) {
			v.of[u] = make([]bool, len(u.functions().Funcs))
			v.lost[u] = make(map[uint32]bool, len(losers[u]))
			for _, i := range losers[u] {
				v.lost[u][i] = true
			}
		}
	}
	if localize {
		v.findBeside()
	}
	for _, u := range l.units {
		if v.of[u] != nil {
			v.roots(u, called[u])
		}
	}
	for len(v.stack) > 0 {
		f := v.stack[len(v.stack)-1]
		v.stack = v.stack[:len(v.stack)-1]
		for _, callee := range f.unit.functions().Calls(int(f.n)) {
			v.mark(f.unit, callee)
		}
		for _, to := range v.beside[f] {
			v.mark(to.unit, to.n)
		}
	}
	return v
}

func (v *liveness) mark(u *unit, f int32) {
	live := v.of[u]
	if live == nil || live[f] {
		return
	}
	fn := &u.functions().Funcs[f]
	if _, replaced := u.replaced[codePoint{fn.Section, fn.Start}]; replaced || v.lost[u][fn.Symbol] {
		return
	}
	live[f] = true
	v.stack = append(v.stack, funcRef{u, f})
}

// roots marks the functions of an input that are live whatever else is.
func (v *liveness) roots(u *unit, called []int32) {
	g := u.functions()
	for f := range g.Funcs {
		fn := &g.Funcs[f]
		sec := &u.Obj.Sections[fn.Section]
		static := v.isStatic(u, fn.Symbol) && code.Text(sec.Name) && sec.Flags&object.FlagRetain == 0
		if !static || v.opts.KeepUnreachable || u.secs[fn.Section].out < 0 {
			v.mark(u, int32(f))
		}
	}
	for _, f := range g.Loose() {
		v.mark(u, f)
	}
	for i := range u.Obj.Symbols { // of a global that is no function, somebody may take the address
		if s := &u.Obj.Symbols[i]; s.Type != object.TypeFunc && s.Defined() && !v.isStatic(u, uint32(i)) {
			if f := g.At(int(s.Section), s.Value); f >= 0 {
				v.mark(u, int32(f))
			}
		}
	}
	u.eachAddressTaken(func(f int32) { v.mark(u, f) })
	for _, f := range called {
		v.mark(u, f)
	}
}

// maxAliases is more functions than share an instruction in what compilers make.
const maxAliases = 16

// findBeside finds the references to functions of other inputs that are local to the output. Those of data, and of code that
// is in no function, are roots.
func (v *liveness) findBeside() {
	v.beside = map[funcRef][]funcRef{}
	for _, u := range v.units {
		g := u.functions()
		for si := range u.Obj.Sections {
			s := &u.Obj.Sections[si]
			if u.secs[si].out < 0 {
				continue
			}
			for _, r := range s.Relocs {
				to, ok := v.localFunction(u, r.Sym)
				if !ok {
					continue
				}
				functions := 0
				g.Overlapping(si, r.Offset, r.Offset+1, func(f int) bool {
					functions++
					from := funcRef{u, int32(f)}
					v.beside[from] = append(v.beside[from], to)
					return functions < maxAliases
				})
				if functions == 0 || functions == maxAliases {
					v.mark(to.unit, to.n)
				}
			}
		}
	}
}

// localFunction returns the function of another input that a symbol stands for, if it is made local.
func (v *liveness) localFunction(u *unit, sym uint32) (funcRef, bool) {
	n := u.global[sym]
	if n == noGlobal {
		return funcRef{}, false
	}
	g := &v.globals[n]
	if !g.local || g.def == u {
		return funcRef{}, false
	}
	s := &g.def.Obj.Symbols[g.sym]
	f := g.def.functions().At(int(s.Section), s.Value)
	return funcRef{g.def, int32(f)}, f >= 0
}
