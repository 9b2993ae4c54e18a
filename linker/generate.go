package linker

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/bpfsdt/bpf-sdt-link/btfgen"
	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/notes"
	"github.com/bpfsdt/bpf-sdt-link/object"
)

// What the linker itself contributes to a link comes as objects that it makes: they go through all phases as inputs do.

// generatedName stands for the linker's own objects in diagnostics.
const generatedName = "<bpf-sdt-link>"

// addGenerated adds an object that the linker made.
func (l *link) addGenerated(im *object.Image) (*unit, error) {
	data, err := im.Write()
	if err != nil {
		return nil, err
	}
	f, err := notes.Open(generatedName, data)
	if err != nil {
		return nil, err
	}
	var types *btfgen.Prepared
	if f.Types != nil {
		types = l.merger.NewHasher().Prepare(f.Types, f.Ext)
		types.Apart = true
	}
	u := l.addUnit(f, types)
	u.scan = u.Scan()
	return u, nil
}

// defineFlags defines the flags of probes that objects ask for with BPF_SDT_ENABLED and none defines: a byte each in
// .rodata, which is 0 until a loader sets it.
func (l *link) defineFlags() error {
	if len(l.units) == 0 {
		return nil
	}
	var names []string
	wanted, defined := map[string]bool{}, map[string]bool{}
	for _, u := range l.units {
		for i := range u.Obj.Symbols {
			s := &u.Obj.Symbols[i]
			switch {
			case !strings.HasPrefix(s.Name, notes.FlagPrefix) || s.Bind == object.Local:
			case s.Section != object.Undef:
				defined[s.Name] = true
			case !wanted[s.Name]:
				wanted[s.Name] = true
				names = append(names, s.Name)
			}
		}
	}
	im := &object.Image{Order: l.order}
	b := btfgen.NewBuilder(l.order)
	rodata := object.ImageSection{Name: ".rodata", Type: object.SecProgbits, Flags: object.FlagAlloc, Align: 1}
	flag := b.Modify(btfgen.Const, b.Modify(btfgen.Volatile, b.Int("_Bool", 1, btfgen.Bool)))
	var members []btfgen.Element
	for _, n := range names {
		if defined[n] {
			continue
		}
		at := uint64(len(rodata.Data))
		rodata.Data = append(rodata.Data, 0)
		im.Symbols = append(im.Symbols, object.ImageSymbol{Name: n, Bind: object.Weak, Type: object.TypeObject, Value: at, Size: 1})
		members = append(members, btfgen.Element{Type: b.Var(n, flag, btfgen.Global), Offset: uint32(at), Size: 1})
	}
	if len(members) == 0 {
		return nil
	}
	b.Datasec(rodata.Name, uint32(len(members)), members)
	im.Sections = []object.ImageSection{rodata, btfSection(".BTF", b.Types())}
	_, err := l.addGenerated(im)
	return err
}

func btfSection(name string, data []byte) object.ImageSection {
	return object.ImageSection{Name: name, Type: object.SecProgbits, Align: 8, Data: data}
}

// stubCode is what a stub does: r0 = 0; exit. It is the same in both byte orders.
var stubCode = []byte{0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0}

// generateStubs makes a stub for each probe whose sites are to call one, and whose stub no input brings along.
func (l *link) generateStubs() error {
	l.resolveAttached()
	l.findStubs()
	g := stubs{link: l, b: btfgen.NewBuilder(l.order)}
	for _, name := range l.probeNames() {
		if p := l.plans[name]; p.mode == ProbeCall && p.attach == "" && p.callee.unit == nil && len(p.sites) > 0 {
			g.add(name)
		}
	}
	if len(g.probes) == 0 || l.log.Failed() {
		return nil
	}
	u, err := g.object()
	if err != nil {
		return err
	}
	l.adopt(u)
	for i := range u.Obj.Symbols {
		if s := &u.Obj.Symbols[i]; s.Type == object.TypeFunc {
			l.plans[g.probes[s.Value/uint64(len(stubCode))]].callee = symbolRef{u, uint32(i)}
		}
	}
	return nil
}

// adopt does for an object what earlier phases did for the inputs. None of its symbols is shared.
func (l *link) adopt(u *unit) {
	l.groupUnit(u)
	u.global = make([]int32, len(u.Obj.Symbols))
	for i := range u.global {
		u.global[i] = noGlobal
	}
	l.describe(u, make([]uint32, len(l.globals)))
}

// probeNames returns the names of all declared probes, in the order of inputs and declarations.
func (l *link) probeNames() (names []string) {
	seen := map[string]bool{}
	for _, u := range l.units {
		for i := range u.scan.Decls {
			if n := u.scan.Decls[i].Name; l.probes[n] != nil && !seen[n] {
				seen[n] = true
				names = append(names, n)
			}
		}
	}
	return names
}

// findStubs finds the stubs in inputs that are outputs of earlier links. Their sites and new ones share one stub for each
// probe, as an observer attaches to one; of several that take the same the first stays.
func (l *link) findStubs() {
	type stub struct {
		ref symbolRef
		id  uint32 // FUNC
	}
	first := map[string]stub{}
	for _, u := range l.units {
		for _, s := range u.Stubs() {
			g := u.functions()
			f := g.At(s.Section, s.Offset)
			if f < 0 || g.Funcs[f].Start != s.Offset || u.Obj.Symbols[g.Funcs[f].Symbol].Bind != object.Local {
				continue
			}
			here := stub{symbolRef{u, g.Funcs[f].Symbol}, s.Func}
			old, ok := first[s.Probe]
			if !ok {
				first[s.Probe] = here
			} else if btfgen.Compatible(old.ref.unit.Types, old.id, u.Types, s.Func) == nil {
				if u.replaced == nil {
					u.replaced = map[codePoint]symbolRef{}
				}
				u.replaced[codePoint{s.Section, s.Offset}] = old.ref
			}
		}
	}
	for probe, s := range first {
		if p := l.plans[probe]; p != nil && p.mode == ProbeCall && p.attach == "" {
			p.callee = s.ref
		}
	}
}

// stubs makes the object of the stubs.
type stubs struct {
	*link
	b      *btfgen.Builder
	probes []string
	im     object.Image
	code   []byte
	funcs  []btfgen.FuncRecord
	lines  []btfgen.LineRecord
	taken  map[string]symbolRef // see nameFunctions
	ctx    []typeAlias          // a forward declaration in the stubs' object for each struct of a context
}

// add adds the stub of a probe.
func (g *stubs) add(probe string) {
	name := g.opts.StubPrefix + probe
	if g.taken == nil {
		g.nameFunctions()
	}
	if f, ok := g.taken[name]; ok {
		g.log.Add(diag.Errorf("stub-name", g.placeOf(f, name), "probe '%s' needs a function of the name '%s', and this is one", probe, name).
			With(g.siteOf(probe), "the probe").
			WithHint("rename one of the two, or give all stubs a prefix with --stub-prefix"))
		return
	}
	d := g.link.probes[probe]
	t := d.unit.Types
	var params []btfgen.Param
	for i := range d.decl.NArgs {
		params = append(params, btfgen.Param{Name: fmt.Sprintf("a%d", i+1), Type: g.param(probe, d.unit, t.Element(d.decl.Proto, i).Type)})
	}
	id := g.b.Func(name, g.b.Proto(g.b.Int("int", 4, btfgen.Signed), params), btfgen.Static)
	g.b.Tag(notes.StubTag+probe, id)
	at := uint64(len(g.code))
	g.code = append(g.code, stubCode...)
	g.im.Symbols = append(g.im.Symbols, object.ImageSymbol{Name: name, Type: object.TypeFunc, Value: at, Size: uint64(len(stubCode))})
	g.funcs = append(g.funcs, btfgen.FuncRecord{Offset: uint32(at), Type: id})
	if line, ok := g.lineOf(probe); ok {
		g.lines = append(g.lines, btfgen.LineRecord{Offset: uint32(at), Text: "probe " + probe, Line: line})
	}
	g.probes = append(g.probes, probe)
}

// lineOf returns the source line that stands for a probe: of its sites' the first by name of the file, so that it does
// not depend on the order of inputs.
func (l *link) lineOf(probe string) (line btfgen.Line, ok bool) {
	for _, s := range l.plans[probe].sites {
		p := s.unit.scan.SitePlace(s.entry)
		if p.File == "" {
			continue
		}
		at := btfgen.Line{File: p.File, Line: p.Line, Column: p.Column}
		if !ok || cmp.Or(cmp.Compare(at.File, line.File), cmp.Compare(at.Line, line.Line), cmp.Compare(at.Column, line.Column)) < 0 {
			line, ok = at, true
		}
	}
	return line, ok
}

// nameFunctions finds all functions of the inputs by name, in the symbol tables and in BTF, where externs are too.
func (g *stubs) nameFunctions() {
	g.taken = map[string]symbolRef{}
	for _, u := range g.units {
		for i := range u.Obj.Symbols {
			if s := &u.Obj.Symbols[i]; s.Type == object.TypeFunc {
				g.taken[s.Name] = symbolRef{u, uint32(i)}
			}
		}
		if u.Types == nil {
			continue
		}
		for _, id := range u.Index.Decls {
			if u.Types.Kind(id) == btfgen.Func {
				if _, ok := g.taken[u.Types.Name(id)]; !ok {
					g.taken[u.Types.Name(id)] = symbolRef{unit: u}
				}
			}
		}
	}
}

// placeOf returns the place of a function that nameFunctions has found.
func (g *stubs) placeOf(f symbolRef, name string) diag.Place {
	if f.sym != 0 {
		return g.symbolPlace(f.unit, f.sym)
	}
	return diag.Place{Object: f.unit.Obj.Name, Section: ".BTF", Symbol: name}
}

// param is the type of a stub's parameter. The kernel believes what BTF says of a static function's parameters only
// if they are numbers or the context; for the sake of the others a pointer is declared as a number.
func (g *stubs) param(probe string, u *unit, id uint32) uint32 {
	t := u.Types
	if ptr := t.Strip(id); t.Kind(ptr) == btfgen.Ptr {
		if to := t.Strip(t.Target(ptr)); t.Kind(to) == btfgen.Struct && g.isContext(probe, t.Name(to)) {
			return g.b.Modify(btfgen.Ptr, g.context(u, to))
		}
	}
	if to, ok := g.b.Copy(t, id); ok {
		return to
	}
	return g.b.Int("unsigned long long", 8, 0)
}

// context declares the struct of a context. The kernel knows one by its name, but wants to see a struct: so the
// declaration will stand for the one that the probe's object has.
func (g *stubs) context(u *unit, id uint32) uint32 {
	for _, c := range g.ctx {
		if c.to.Types.Name(c.toID) == u.Types.Name(id) {
			return c.id
		}
	}
	c := typeAlias{id: g.b.Fwd(u.Types.Name(id)), to: u, toID: id}
	g.ctx = append(g.ctx, c)
	return c.id
}

// object makes the object and adds it to the link.
func (g *stubs) object() (*unit, error) {
	ext := g.b.Ext(btfgen.CodeRecords{Section: ".text", Funcs: g.funcs, Lines: g.lines})
	g.im.Order = g.order
	g.im.Sections = []object.ImageSection{
		{Name: ".text", Type: object.SecProgbits, Flags: object.FlagAlloc | object.FlagExec, Align: object.InsnSize, Data: g.code},
		btfSection(".BTF", g.b.Types()), btfSection(".BTF.ext", ext)}
	u, err := g.addGenerated(&g.im)
	if err == nil {
		u.stubs, u.aliases = g.probes, g.ctx
		for i := range u.aliases {
			u.aliases[i].id = u.nodes[u.aliases[i].id]
		}
	}
	return u, err
}
