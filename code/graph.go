package code

import (
	"cmp"
	"slices"
	"sort"
	"strings"

	"github.com/bpfsdt/bpf-sdt-link/object"
	"github.com/bpfsdt/bpf-sdt-link/reloc"
)

// Function is a function of an object: an STT_FUNC symbol of a code section.
type Function struct {
	Name       string // of the symbol
	Symbol     uint32 // index in the object's symbols
	Section    int    // index in the object's sections
	Start, End uint64 // bytes
}

// Graph holds the functions of an object and who refers to whom.
type Graph struct {
	obj   *object.Object
	Funcs []Function // by section, then start
	// furthest is for each function the highest end of it and those before it in its section.
	furthest []uint64
	ends     []uint64  // a tree of the greatest ends, its leaves in the second half; see lastOver
	calls    [][]int32 // the functions that each calls or takes the address of
	loose    []int32   // those that instructions outside of every function call
}

// Functions finds the functions of an object.
func Functions(o *object.Object) *Graph {
	g := &Graph{obj: o}
	for i := range o.Symbols {
		s := &o.Symbols[i]
		if s.Type == object.TypeFunc && s.Defined() && o.Sections[s.Section].Exec() {
			g.Funcs = append(g.Funcs, Function{s.Name, uint32(i), int(s.Section), s.Value, s.Value + s.Size})
		}
	}
	slices.SortStableFunc(g.Funcs, func(a, b Function) int {
		return cmp.Or(cmp.Compare(a.Section, b.Section), cmp.Compare(a.Start, b.Start))
	})
	g.furthest = make([]uint64, len(g.Funcs))
	for i := range g.Funcs {
		g.furthest[i] = g.Funcs[i].End
		if i > 0 && g.Funcs[i-1].Section == g.Funcs[i].Section {
			g.furthest[i] = max(g.furthest[i], g.furthest[i-1])
		}
	}
	return g
}

// Overlapping calls fn for the functions that share bytes with a range, the last to start first, until
// fn returns false.
func (g *Graph) Overlapping(section int, start, end uint64, fn func(i int) bool) {
	i := sort.Search(len(g.Funcs), func(i int) bool {
		f := &g.Funcs[i]
		return f.Section > section || f.Section == section && f.Start >= end
	})
	for i--; i >= 0 && g.Funcs[i].Section == section && g.furthest[i] > start; i-- {
		if g.Funcs[i].End > start && !fn(i) {
			return
		}
	}
}

// At returns the index of the function that holds a position, the last to start of those that
// overlap (aliases), or -1.
func (g *Graph) At(section int, off uint64) int {
	before := sort.Search(len(g.Funcs), func(i int) bool {
		f := &g.Funcs[i]
		return f.Section > section || f.Section == section && f.Start > off
	})
	if before == 0 || g.Funcs[before-1].Section != section || g.furthest[before-1] <= off {
		return -1
	}
	if g.Funcs[before-1].End > off {
		return before - 1
	}
	// One before it reaches as far. Of functions in functions it could be any: ends gives it in a few steps.
	return g.lastOver(before-1, off)
}

// lastOver returns the last function before one, by index, that ends after a position. There is one in its section.
func (g *Graph) lastOver(before int, off uint64) int {
	if g.ends == nil {
		n := len(g.Funcs)
		g.ends = make([]uint64, 2*n)
		for i := range g.Funcs {
			g.ends[n+i] = g.Funcs[i].End
		}
		for i := n - 1; i > 0; i-- {
			g.ends[i] = max(g.ends[2*i], g.ends[2*i+1])
		}
	}
	n := len(g.Funcs)
	// Up from the leaf, to the first subtree on the left that reaches over off; then down in it, right first.
	at := n + before
	for ; at > 1; at /= 2 {
		if at&1 == 1 && g.ends[at-1] > off {
			at--
			break
		}
	}
	for at < n {
		at = 2*at + 1
		if g.ends[at] <= off {
			at--
		}
	}
	return at - n
}

// Text reports whether a section of this name holds subprograms: .text, or what -ffunction-sections
// makes of it. Functions of all other code sections are programs.
func Text(section string) bool { return section == ".text" || strings.HasPrefix(section, ".text.") }

// Program reports whether a function is a program.
func (g *Graph) Program(i int) bool { return !Text(g.obj.Sections[g.Funcs[i].Section].Name) }

// Calls returns the functions that function i calls or takes the address of.
func (g *Graph) Calls(i int) []int32 {
	if g.calls == nil {
		g.link()
	}
	return g.calls[i]
}

// Loose returns functions that are called from code that is in no function.
func (g *Graph) Loose() []int32 {
	if g.calls == nil {
		g.link()
	}
	return g.loose
}

func (g *Graph) link() {
	g.calls = make([][]int32, len(g.Funcs))
	o := g.obj
	edge := func(section int, off uint64, toSection int, to uint64) {
		from, callee := g.At(section, off), g.At(toSection, to)
		switch {
		case callee < 0:
		case from < 0:
			g.loose = append(g.loose, int32(callee))
		default:
			g.calls[from] = append(g.calls[from], int32(callee))
		}
	}
	for si := range o.Sections {
		s := &o.Sections[si]
		if !s.Exec() {
			continue
		}
		relocated := make(map[uint64]bool, len(s.Relocs))
		for _, r := range s.Relocs {
			relocated[r.Offset] = true
			sym := &o.Symbols[r.Sym]
			if !sym.Defined() || !o.Sections[sym.Section].Exec() {
				continue
			}
			f, err := reloc.Classify(r.Type, true, s.Data, r.Offset)
			if err != nil {
				continue
			}
			to := sym.Value
			if sym.Type == object.TypeSection {
				to += uint64(f.Addend(o.Order, s.Data, r.Offset, o.Sections[sym.Section].Size))
			}
			edge(si, r.Offset, int(sym.Section), to)
		}
		for off := uint64(0); off+InsnSize <= uint64(len(s.Data)); off = Next(s.Data, off) {
			if reachOf(o.Order, s.Data, off) == byImm && s.Data[off] != opGotol && !relocated[off] {
				if to, _ := Target(o.Order, s.Data, off); to >= 0 {
					edge(si, off, si, uint64(to))
				}
			}
		}
	}
	for i := range g.calls {
		slices.Sort(g.calls[i])
		g.calls[i] = slices.Compact(g.calls[i])
	}
}

// Programs returns for each function the programs that it is part of, itself included, in order.
func (g *Graph) Programs() [][]int32 {
	of := make([][]int32, len(g.Funcs))
	seen := make([]int32, len(g.Funcs))
	var stack []int32
	for p := range g.Funcs {
		if !g.Program(p) {
			continue
		}
		stack = append(stack[:0], int32(p))
		for len(stack) > 0 {
			f := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			if seen[f] == int32(p)+1 {
				continue
			}
			seen[f] = int32(p) + 1
			of[f] = append(of[f], int32(p))
			stack = append(stack, g.Calls(int(f))...)
		}
	}
	return of
}
