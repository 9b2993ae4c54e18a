package sdt

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"

	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/notes"
)

// Probe is a probe of an object.
type Probe struct {
	Name string
	// Args are the types of the arguments as they are declared; nil if the object has no declaration of the probe.
	Args []btf.Type
	// Stub is the name of the function that the probe's sites call, which an observer attaches to. It is "" if the
	// probe cannot be observed.
	Stub string
	// Sites are the places where the probe is a call, by function and position. Where it is a NOP, a loader keeps no trace
	// of it.
	Sites []Site
	// HasFlag tells whether some object asks BPF_SDT_ENABLED for the probe, so that [Enable] can switch it on.
	HasFlag bool
}

// Site is a place where a probe is a call.
type Site struct {
	Function string   // the function that holds it
	Insn     uint64   // of the call, in instructions of 8 bytes from the start of Function
	Callee   string   // the stub, or the function that --attach named
	Programs []string // the programs that Function is a part of, by name
}

// Linked tells what a linker made of a probe.
type Linked uint8

const (
	LinkedNop    Linked = iota // sites, if there are any, are NOPs, which no kernel of today can observe
	LinkedCall                 // sites call a stub, which an observer attaches to
	LinkedAttach               // sites call a function of the program
)

// String returns "nop", "call" or "attach".
func (l Linked) String() string {
	if names := [...]string{"nop", "call", "attach"}; int(l) < len(names) {
		return names[l]
	}
	return fmt.Sprintf("linked(%d)", uint8(l))
}

// Linked tells what a linker made of the probe.
func (p *Probe) Linked() Linked {
	switch {
	case p.Stub != "":
		return LinkedCall
	case len(p.Sites) > 0:
		return LinkedAttach
	}
	return LinkedNop
}

// Programs returns the names of the programs that have a site where the probe is a call, sorted.
func (p *Probe) Programs() []string {
	programs := map[string]bool{}
	for _, s := range p.Sites {
		for _, name := range s.Programs {
			programs[name] = true
		}
	}
	return slices.Sorted(maps.Keys(programs))
}

// Probes returns the probes of an object, sorted by name. It changes nothing in spec.
func Probes(spec *ebpf.CollectionSpec) ([]Probe, error) {
	if spec == nil || spec.Types == nil {
		return nil, fmt.Errorf("probes: the object has no BTF: compile with -g")
	}
	l := listing{}
	for t, err := range spec.Types.All() {
		if err != nil {
			return nil, fmt.Errorf("probes: %w", err)
		}
		switch t := t.(type) {
		case *btf.Var:
			if err := l.variable(t); err != nil {
				return nil, fmt.Errorf("probes: %w", err)
			}
		case *btf.Func:
			for _, tag := range t.Tags {
				if name, ok := strings.CutPrefix(tag, notes.StubTag); ok {
					l.probe(name).Stub = t.Name
				}
			}
		}
	}
	l.sites(spec)
	for name := range spec.Variables {
		if probe, ok := strings.CutPrefix(name, notes.FlagPrefix); ok {
			l.probe(probe).HasFlag = true
		}
	}
	var probes []Probe
	for _, name := range slices.Sorted(maps.Keys(l)) {
		probes = append(probes, *l[name])
	}
	return probes, nil
}

// Lookup returns the probe of a name. If the probe is there and cannot be observed, it is returned along with an error that
// wraps [ErrNotLowered]; if there is none, the error wraps [ErrNoProbe].
func Lookup(spec *ebpf.CollectionSpec, name string) (Probe, error) {
	probes, err := Probes(spec)
	if err != nil {
		return Probe{}, err
	}
	i := slices.IndexFunc(probes, func(p Probe) bool { return p.Name == name })
	if i < 0 {
		return Probe{}, noProbe(name, "", names(probes))
	}
	p := probes[i]
	switch {
	case p.Stub != "":
		return p, nil
	case len(p.Sites) > 0:
		return p, notLowered(name, "", "'"+p.Sites[0].Callee+"'")
	}
	return p, notLowered(name, "", "")
}

func names(probes []Probe) (names []string) {
	for i := range probes {
		names = append(names, probes[i].Name)
	}
	return names
}

// listing is the probes found so far.
type listing map[string]*Probe

func (l listing) probe(name string) *Probe {
	if l[name] == nil {
		l[name] = &Probe{Name: name}
	}
	return l[name]
}

// variable enters the declaration of a probe, if a variable is one.
func (l listing) variable(v *btf.Var) error {
	for _, tag := range v.Tags {
		rest, ok := strings.CutPrefix(tag, notes.TagPrefix)
		if !ok {
			continue
		}
		name, _, _ := strings.Cut(rest, ":")
		proto, ok := declared(v.Type)
		if !ok {
			return fmt.Errorf("probe '%s': the declaration %s is not a pointer to a function", name, v.Name)
		}
		p := l.probe(name)
		p.Args = []btf.Type{}
		for _, param := range proto.Params {
			p.Args = append(p.Args, param.Type)
		}
	}
	return nil
}

// declared follows the type of a declaration: CONST, PTR, FUNC_PROTO.
func declared(t btf.Type) (*btf.FuncProto, bool) {
	if c, ok := t.(*btf.Const); ok {
		t = c.Type
	}
	p, ok := t.(*btf.Pointer)
	if !ok {
		return nil, false
	}
	proto, ok := p.Target.(*btf.FuncProto)
	return proto, ok
}

// sites enters the sites that are calls, which tags on the functions tell.
func (l listing) sites(spec *ebpf.CollectionSpec) {
	type key struct {
		function string
		insn     uint64
	}
	at := map[key]int{}
	for _, program := range slices.Sorted(maps.Keys(spec.Programs)) {
		for fn, insns := range functions(spec.Programs[program].Instructions) {
			for _, tag := range fn.Tags {
				name, insn, ok := notes.ParseSiteTag(tag)
				if !ok {
					continue
				}
				p, k := l.probe(name), key{fn.Name + "\x00" + name, insn}
				i, ok := at[k]
				if !ok {
					i = len(p.Sites)
					at[k] = i
					p.Sites = append(p.Sites, Site{Function: fn.Name, Insn: insn, Callee: callee(insns, insn)})
				}
				p.Sites[i].Programs = append(p.Sites[i].Programs, program)
			}
		}
	}
	for _, p := range l {
		slices.SortFunc(p.Sites, func(a, b Site) int {
			if c := strings.Compare(a.Function, b.Function); c != 0 {
				return c
			}
			return int(a.Insn) - int(b.Insn)
		})
	}
}

// functions yields the functions that a program consists of, each with its instructions. A function without BTF is left
// out, for a tag is a thing of BTF.
func functions(insns asm.Instructions) iter.Seq2[*btf.Func, asm.Instructions] {
	return func(yield func(*btf.Func, asm.Instructions) bool) {
		for start := 0; start < len(insns); {
			end := start + 1
			for end < len(insns) && insns[end].Symbol() == "" {
				end++
			}
			if fn := btf.FuncMetadata(&insns[start]); fn != nil && !yield(fn, insns[start:end]) {
				return
			}
			start = end
		}
	}
}

// callee returns the name of the function that an instruction calls, "" if it calls none.
func callee(insns asm.Instructions, at uint64) string {
	for it := insns.Iterate(); it.Next(); {
		if uint64(it.Offset) == at {
			if it.Ins.IsFunctionCall() {
				return it.Ins.Reference()
			}
			return ""
		}
	}
	return ""
}

// noProbe is the error for a name that no probe has.
func noProbe(name, where string, names []string) error {
	switch near := diag.Nearest(name, names); {
	case near != "":
		return fmt.Errorf("%w: '%s'%s; did you mean '%s'?", ErrNoProbe, name, where, near)
	case len(names) > 0:
		return fmt.Errorf("%w: '%s'%s; there are %s", ErrNoProbe, name, where, strings.Join(names, ", "))
	}
	return fmt.Errorf("%w: '%s'%s", ErrNoProbe, name, where)
}

// notLowered is the error for a probe that has no stub, and whose sites call callee, if they call anything.
func notLowered(name, where, callee string) error {
	if callee != "" {
		return fmt.Errorf("probe '%s'%s calls %s: %w", name, where, callee, ErrNotLowered)
	}
	return fmt.Errorf("probe '%s'%s is linked as a NOP: %w", name, where, ErrNotLowered)
}
