package linker

import (
	"encoding/binary"
	"slices"
	"strings"

	"github.com/bpfsdt/bpf-sdt-link/btfgen"
	"github.com/bpfsdt/bpf-sdt-link/code"
	"github.com/bpfsdt/bpf-sdt-link/lower"
	"github.com/bpfsdt/bpf-sdt-link/notes"
	"github.com/bpfsdt/bpf-sdt-link/object"
	"github.com/bpfsdt/bpf-sdt-link/reloc"
)

// codeView is all code of the link as functions that refer to each other, across inputs.
type codeView struct {
	program lower.Program
	funcs   []viewFunc // as program.Funcs
	first   map[*unit]int

	calledBy [][]int // see callers
}

// viewFunc is where a function of the view is.
type viewFunc struct {
	unit *unit
	fn   *code.Function
}

// viewCode returns the view of all units that there are so far.
func (l *link) viewCode() *codeView {
	if l.view == nil {
		l.view = &codeView{program: lower.Program{Order: l.order}, first: map[*unit]int{}}
	}
	v := l.view
	var fresh []*unit
	for _, u := range l.units {
		if _, ok := v.first[u]; !ok {
			v.first[u] = len(v.funcs)
			fresh = append(fresh, u)
			l.viewFunctions(u)
		}
	}
	if len(fresh) == 0 {
		return v
	}
	v.calledBy = nil
	for _, u := range fresh {
		for si := range u.Obj.Sections {
			if s := &u.Obj.Sections[si]; s.Exec() && u.secs[si].out >= 0 {
				l.viewReferences(u, si)
			}
		}
	}
	for _, u := range fresh {
		v.viewLabels(u)
	}
	for i := range v.program.Funcs {
		slices.SortFunc(v.program.Funcs[i].Refs, func(a, b lower.Ref) int { return int(a.Off) - int(b.Off) })
	}
	return v
}

func (l *link) viewFunctions(u *unit) {
	g := u.functions()
	sizes := u.stackSizes()
	for i := range g.Funcs {
		fn := &g.Funcs[i]
		f := lower.Func{Name: fn.Name, Params: -1, Stack: -1, Entry: lower.Global}
		sec := &u.Obj.Sections[fn.Section]
		switch {
		case g.Program(i):
			f.Entry = lower.Main
		case u.Obj.Symbols[fn.Symbol].Bind == object.Local:
			f.Entry = lower.Static
		}
		switch {
		case fn.End > uint64(len(sec.Data)) || fn.Start > fn.End || fn.Start%code.InsnSize != 0 || fn.End%code.InsnSize != 0:
			f.Problem = "it is not made of whole instructions"
		case u.overlaps(i):
			f.Problem = "another function overlaps it"
		default:
			f.Code = sec.Data[fn.Start:fn.End]
		}
		if proto := u.protoAt(fn); proto != 0 {
			f.Params = u.Types.Vlen(proto)
			f.Pinned = u.dynptrs(proto)
		}
		if n, ok := sizes[codePoint{fn.Section, fn.Start}]; ok {
			f.Stack = n
		}
		l.view.program.Funcs = append(l.view.program.Funcs, f)
		l.view.funcs = append(l.view.funcs, viewFunc{unit: u, fn: fn})
	}
}

// protoAt returns the FUNC_PROTO of a function, 0 if BTF has none.
func (u *unit) protoAt(fn *code.Function) uint32 {
	if u.Types == nil {
		return 0
	}
	return u.Types.Target(u.Ext.FuncAt(fn.Section, u.Obj.Sections[fn.Section].Name, fn.Start))
}

// dynptrs returns the registers of the parameters that point to a dynptr.
func (u *unit) dynptrs(proto uint32) (regs code.Regs) {
	t := u.Types
	for i := range min(t.Vlen(proto), notes.MaxArgs) {
		ptr := t.Strip(t.Element(proto, i).Type)
		if t.Kind(ptr) == btfgen.Ptr && t.Name(t.Strip(t.Target(ptr))) == "bpf_dynptr" {
			regs |= code.Reg(uint8(i + 1))
		}
	}
	return regs
}

// overlaps reports whether a function shares code with one that does not start and end where it does.
func (u *unit) overlaps(i int) (found bool) {
	g := u.functions()
	fn := &g.Funcs[i]
	g.Overlapping(fn.Section, fn.Start, fn.End, func(k int) bool {
		found = g.Funcs[k].Start != fn.Start || g.Funcs[k].End != fn.End
		return !found
	})
	return found
}

// at returns the function of the view that holds a position, -1 if there is none.
func (v *codeView) at(u *unit, section int, off uint64) int {
	f := u.functions().At(section, off)
	if f < 0 {
		return -1
	}
	return v.first[u] + f
}

// starting returns the function of the view that starts at a position, -1 if there is none.
func (v *codeView) starting(u *unit, section int, off uint64) int {
	if f := v.at(u, section, off); f >= 0 && v.funcs[f].fn.Start == off {
		return f
	}
	return -1
}

func (v *codeView) problem(f int, text string) {
	if p := &v.program.Funcs[f]; p.Problem == "" {
		p.Problem = text
	}
}

// viewReferences enters what the instructions of a section refer to.
func (l *link) viewReferences(u *unit, si int) {
	v, s := l.view, &u.Obj.Sections[si]
	relocated := make(map[uint64]bool, len(s.Relocs))
	for _, r := range s.Relocs {
		from := v.at(u, si, r.Offset)
		if from < 0 {
			continue
		}
		if relocated[r.Offset] {
			v.problem(from, "an instruction has two relocations")
		}
		relocated[r.Offset] = true
		ref := l.viewRelocation(u, si, r, from)
		ref.Off = r.Offset - v.funcs[from].fn.Start
		v.program.Funcs[from].Refs = append(v.program.Funcs[from].Refs, ref)
	}
	for off := uint64(0); off+code.InsnSize <= uint64(len(s.Data)); off = code.Next(s.Data, off) {
		from := -1
		if kind, ok := distant(l.order, s.Data, off); ok && !relocated[off] {
			if from = v.at(u, si, off); from < 0 {
				continue
			}
			to, _ := code.Target(l.order, s.Data, off)
			f := -1
			if to >= 0 {
				f = v.starting(u, si, uint64(to))
			}
			if f < 0 {
				v.problem(from, "it refers to code that is not the start of a function")
				continue
			}
			v.program.Funcs[from].Refs = append(v.program.Funcs[from].Refs, lower.Ref{Off: off - v.funcs[from].fn.Start, Kind: kind, Func: f})
		}
	}
}

// distant tells whether an instruction refers to a function by its distance, and how.
func distant(bo binary.ByteOrder, data []byte, off uint64) (lower.RefKind, bool) {
	in := code.Decode(bo, data, off)
	switch in.Form() {
	case code.Call:
		return lower.Callee, in.Src == 1
	case code.LoadImm:
		return lower.Address, in.Src == 4
	}
	return 0, false
}

// viewRelocation tells what an instruction with a relocation refers to.
func (l *link) viewRelocation(u *unit, si int, r object.Reloc, from int) lower.Ref {
	s := &u.Obj.Sections[si]
	field, err := reloc.Classify(r.Type, true, s.Data, r.Offset)
	if err != nil {
		l.view.problem(from, err.Error())
		return lower.Ref{Kind: lower.Other}
	}
	to, sym := u, r.Sym
	if n := u.global[sym]; n != noGlobal {
		g := &l.globals[n]
		if g.def == nil {
			return l.viewExternal(g, field)
		}
		to, sym = g.def, g.sym
	}
	y := &to.Obj.Symbols[sym]
	if !y.Defined() {
		return lower.Ref{Kind: lower.Other}
	}
	target := &to.Obj.Sections[y.Section]
	if target.Name == jumpTables && field == reloc.Imm64 {
		return l.viewTable(u, to, y, from)
	}
	if !target.Exec() {
		return lower.Ref{Kind: lower.Other}
	}
	off := y.Value + uint64(field.Addend(l.order, s.Data, r.Offset, target.Size))
	section := int(y.Section)
	if by, ok := to.replaced[codePoint{section, off}]; ok {
		y := &by.unit.Obj.Symbols[by.sym]
		to, section, off = by.unit, int(y.Section), y.Value
	}
	f := l.view.starting(to, section, off)
	if f < 0 {
		l.view.problem(from, "it refers to code that is not the start of a function")
		return lower.Ref{Kind: lower.Other}
	}
	if field == reloc.Call {
		return lower.Ref{Kind: lower.Callee, Func: f}
	}
	return lower.Ref{Kind: lower.Address, Func: f}
}

// viewExternal is a reference to what no input defines.
func (l *link) viewExternal(g *global, field reloc.Field) lower.Ref {
	if field != reloc.Call {
		return lower.Ref{Kind: lower.Other}
	}
	ref := lower.Ref{Kind: lower.External, Args: -1}
	if t := g.btfUnit; t != nil && t.Types.Kind(g.btfID) == btfgen.Func {
		proto := t.Types.Target(g.btfID)
		ref.Args, ref.Void = t.Types.Vlen(proto), t.Types.Target(proto) == 0
		if n := ref.Args; n > 0 && t.Types.Element(proto, n-1).Type == 0 {
			ref.Args = -1 // variadic
		}
	}
	return ref
}

// viewTable reads a jump table.
func (l *link) viewTable(u, to *unit, y *object.Symbol, from int) lower.Ref {
	ref := lower.Ref{Kind: lower.Table}
	data, fn := to.Obj.Sections[y.Section].Data, l.view.funcs[from].fn
	if to != u || y.Size == 0 || y.Size%8 != 0 || y.Value > uint64(len(data)) || y.Size > uint64(len(data))-y.Value {
		l.view.problem(from, "its jump table '"+y.Name+"' cannot be read")
		return ref
	}
	for at := y.Value; at < y.Value+y.Size; at += 8 {
		entry := l.order.Uint64(data[at:])
		if entry < fn.Start || entry >= fn.End || entry%code.InsnSize != 0 {
			l.view.problem(from, "its jump table '"+y.Name+"' leads out of it")
			return ref
		}
		ref.Targets = append(ref.Targets, entry-fn.Start)
	}
	return ref
}

// viewLabels enters the places in functions that data points to: a gotox may take any of them.
func (v *codeView) viewLabels(u *unit) {
	u.eachCodePointer(func(section int, off uint64) {
		if f := v.at(u, section, off); f >= 0 {
			v.program.Funcs[f].Labels = append(v.program.Funcs[f].Labels, off-v.funcs[f].fn.Start)
		}
	})
}

type codePoint struct {
	section int
	off     uint64
}

// stackSizes reads .stack_sizes, which clang makes with -fstack-size-section: for each function its address, as a
// word with a relocation, and its size in ULEB128.
func (u *unit) stackSizes() map[codePoint]int {
	sizes := map[codePoint]int{}
	for si := range u.Obj.Sections {
		s := &u.Obj.Sections[si]
		if s.Name != ".stack_sizes" || s.Type != object.SecProgbits {
			continue
		}
		rels, err := u.Obj.RelocsOf(si)
		if err != nil {
			continue
		}
		at := make(map[uint64]uint32, len(rels))
		for _, r := range rels {
			at[r.Offset] = r.Sym
		}
		for off := uint64(0); off+8 < uint64(len(s.Data)); {
			n, width := binary.Uvarint(s.Data[off+8:])
			if width <= 0 || n > 1<<16 {
				break
			}
			if sym, ok := at[off]; ok {
				y := &u.Obj.Symbols[sym]
				sizes[codePoint{int(y.Section), y.Value + u.Obj.Order.Uint64(s.Data[off:])}] = int(n)
			}
			off += 8 + uint64(width)
		}
	}
	return sizes
}

// contexts are the structs that programs get as their context, by the start of their section's name.
var contexts = []struct{ section, name string }{
	{"xdp", "xdp_md"},
	{"tc", "__sk_buff"}, {"tcx", "__sk_buff"}, {"netkit", "__sk_buff"}, {"classifier", "__sk_buff"}, {"action", "__sk_buff"},
	{"socket", "__sk_buff"}, {"cgroup_skb", "__sk_buff"}, {"cgroup/skb", "__sk_buff"}, {"sk_skb", "__sk_buff"},
	{"lwt_in", "__sk_buff"}, {"lwt_out", "__sk_buff"}, {"lwt_xmit", "__sk_buff"}, {"lwt_seg6local", "__sk_buff"}, {"flow_dissector", "__sk_buff"},
	{"sockops", "bpf_sock_ops"}, {"sk_msg", "sk_msg_md"}, {"sk_reuseport", "sk_reuseport_md"}, {"sk_lookup", "bpf_sk_lookup"},
}

// contextOf returns the struct that the programs of a section get, "" if it is none of those that stubs can name.
func contextOf(section string) string {
	section = strings.TrimPrefix(section, "?")
	for _, c := range contexts {
		if rest, ok := strings.CutPrefix(section, c.section); ok && (rest == "" || strings.ContainsAny(rest[:1], "/.")) {
			return c.name
		}
	}
	return ""
}

// isContext reports whether a struct is the context of every program that runs a site of a probe.
func (l *link) isContext(probe, name string) bool {
	v := l.viewCode()
	callers := v.callers()
	runs := false
	seen := map[int]bool{}
	var stack []int
	for _, s := range l.plans[probe].sites {
		if s.entry.Func >= 0 {
			stack = append(stack, v.first[s.unit]+s.entry.Func)
		}
	}
	for len(stack) > 0 {
		f := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if seen[f] {
			continue
		}
		seen[f] = true
		if v.program.Funcs[f].Entry == lower.Main {
			at := v.funcs[f]
			if contextOf(at.unit.Obj.Sections[at.fn.Section].Name) != name {
				return false
			}
			runs = true
		}
		stack = append(stack, callers[f]...)
	}
	return runs
}

// callers returns for each function those that call it or take its address.
func (v *codeView) callers() [][]int {
	if v.calledBy == nil {
		v.calledBy = make([][]int, len(v.funcs))
		for f := range v.program.Funcs {
			for _, r := range v.program.Funcs[f].Refs {
				if r.Kind == lower.Callee || r.Kind == lower.Address {
					v.calledBy[r.Func] = append(v.calledBy[r.Func], f)
				}
			}
		}
	}
	return v.calledBy
}
