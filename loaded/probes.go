package loaded

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bpfsdt/bpf-sdt-link/btfgen"
	"github.com/bpfsdt/bpf-sdt-link/code"
	"github.com/bpfsdt/bpf-sdt-link/notes"
)

// tagged is the BTF of a program or a map, with what it tells of probes.
type tagged struct {
	types *btfgen.Types // nil if there is none
	notes.LoadedTags
}

// typesOf reads the BTF of an id. 0 is that there is none.
func (r *Reader) typesOf(id uint32) (*tagged, error) {
	if id == 0 {
		return &tagged{}, nil
	}
	if t, ok := r.tagged[id]; ok {
		return t, nil
	}
	data, err := r.kernel.types(id)
	if err != nil {
		return nil, err
	}
	t := &tagged{}
	t.types, err = btfgen.ParseTypes(data, native)
	switch {
	case err == nil:
		t.LoadedTags = notes.ReadLoaded(t.types)
	case bytes.Contains(data, []byte("bpf_sdt_")):
		return nil, err
	}
	// BTF of a kind that is not known yet is no fault of a program that has no probes.
	r.tagged[id] = t
	return t, nil
}

// native is the byte order of the machine.
var native = func() binary.ByteOrder {
	if binary.NativeEndian.Uint16([]byte{1, 0}) == 1 {
		return binary.LittleEndian
	}
	return binary.BigEndian
}()

// listing is the probes of a program found so far.
type listing map[string]*Probe

func (l listing) probe(name string) *Probe {
	if l[name] == nil {
		l[name] = &Probe{Name: name}
	}
	return l[name]
}

// probesOf puts together what tags and code tell of the probes of a program.
func probesOf(p *program, t *tagged) []Probe {
	l := listing{}
	stubbed := map[string]uint32{} // FUNC by probe; the verifier may have removed it from the program
	for _, id := range slices.Sorted(maps.Keys(t.Stubs)) {
		stubbed[t.Stubs[id]] = id
	}
	for i, f := range p.funcs {
		if len(t.Sites[f.id]) == 0 {
			continue
		}
		name := t.types.Name(f.id)
		calls := stubCalls(p, t, i)
		for _, probe := range slices.Sorted(maps.Keys(siteCounts(t.Sites[f.id]))) {
			n := siteCounts(t.Sites[f.id])[probe]
			out := l.probe(probe)
			for _, c := range calls[probe] {
				site := Site{Function: name, Linked: LinkedCall, Insn: int(c.insn), Callee: t.types.Name(c.id)}
				site.File, site.Line, site.Column = p.lineAt(t.types, p.funcs[i].insn, c.insn)
				out.Sites = append(out.Sites, site)
				n--
			}
			gone := LinkedRemoved
			if _, ok := stubbed[probe]; !ok {
				gone = LinkedAttach
			}
			if p.insns == nil && gone == LinkedRemoved {
				gone = LinkedCall // the code must not be seen
			}
			for range n {
				out.Sites = append(out.Sites, Site{Function: name, Linked: gone, Insn: -1})
			}
		}
	}
	for _, probe := range l {
		probe.complete(t, stubbed)
	}
	var probes []Probe
	for _, name := range slices.Sorted(maps.Keys(l)) {
		probes = append(probes, *l[name])
	}
	return probes
}

func siteCounts(sites []notes.LoadedSite) map[string]int {
	counts := map[string]int{}
	for _, s := range sites {
		counts[s.Probe]++
	}
	return counts
}

// complete enters what is known of a probe but its sites.
func (p *Probe) complete(t *tagged, stubbed map[string]uint32) {
	slices.SortStableFunc(p.Sites, func(a, b Site) int {
		return cmp.Or(cmp.Compare(a.Linked, b.Linked), cmp.Compare(a.Insn, b.Insn))
	})
	p.Args, p.Declared = t.Args[p.Name], t.Args[p.Name] != nil
	id, ok := stubbed[p.Name]
	if !ok {
		return
	}
	p.Stub = t.types.Name(id)
	if !p.Declared {
		p.Args = notes.Parameters(t.types, t.types.Target(id))
	}
}

// stubCall is a call of a stub.
type stubCall struct{ insn, id uint32 }

// stubCalls returns the calls of stubs in function i of a program, by probe, in ascending order.
func stubCalls(p *program, t *tagged, i int) map[string][]stubCall {
	calls := map[string][]stubCall{}
	count := uint32(len(p.insns) / code.InsnSize)
	end := count
	if i+1 < len(p.funcs) {
		end = min(end, p.funcs[i+1].insn)
	}
	data := p.insns[:int(count)*code.InsnSize]
	for at := p.funcs[i].insn; at < end; at = uint32(code.Next(data, uint64(at)*code.InsnSize) / code.InsnSize) {
		in := code.Decode(native, data, uint64(at)*code.InsnSize)
		if in.Form() != code.Call || in.Src != pseudoCall {
			continue
		}
		if f, ok := p.callee(at); ok {
			if probe, ok := t.Stubs[f]; ok {
				calls[probe] = append(calls[probe], stubCall{at, f})
			}
		}
	}
	return calls
}

const pseudoCall = 1 // src of a call of a function of the program

// callee returns the FUNC that a call leads to. A kernel that is asked for the code of a program puts the low 16 bits of the
// distance into the field for the offset, and may put the number of the function into the immediate.
func (p *program) callee(at uint32) (id uint32, ok bool) {
	ins := p.insns[int(at)*code.InsnSize:][:code.InsnSize]
	low, number := native.Uint16(ins[2:]), native.Uint32(ins[4:])
	n := 0
	for _, f := range p.funcs {
		if uint16(f.insn-at-1) == low {
			id = f.id
			n++
		}
	}
	if n > 1 && number < uint32(len(p.funcs)) {
		f := p.funcs[number]
		return f.id, uint16(f.insn-at-1) == low
	}
	return id, n == 1
}

// lineAt returns the source line of an instruction of the function that starts at start: that of the last record which is
// not behind it.
func (p *program) lineAt(t *btfgen.Types, start, insn uint32) (file string, line, column uint32) {
	i, _ := slices.BinarySearchFunc(p.lines, insn+1, func(r lineRecord, at uint32) int { return cmp.Compare(r.insn, at) })
	if i == 0 || p.lines[i-1].insn < start {
		return "", 0, 0
	}
	r := p.lines[i-1]
	file, _ = t.String(r.file)
	return file, r.place >> 10, r.place & 0x3ff
}

// flags returns the flags in a map whose types these are.
func (t *tagged) flags(a *array) map[string]bool {
	flags := map[string]bool{}
	if t.types == nil || t.types.Kind(a.valueType) != btfgen.Datasec {
		return nil
	}
	for i := range t.types.Vlen(a.valueType) {
		e := t.types.Element(a.valueType, i)
		name := t.types.Name(e.Type)
		if strings.HasPrefix(name, notes.FlagPrefix) && e.Size == 1 && uint64(e.Offset) < uint64(len(a.value)) {
			flags[name] = a.value[e.Offset] != 0
		}
	}
	return flags
}

// programTypes are the types of programs by their numbers, from 1.
var programTypes = strings.Fields("socket_filter kprobe sched_cls sched_act tracepoint xdp perf_event cgroup_skb cgroup_sock " +
	"lwt_in lwt_out lwt_xmit sock_ops sk_skb cgroup_device sk_msg raw_tracepoint cgroup_sock_addr lwt_seg6local lirc_mode2 " +
	"sk_reuseport flow_dissector cgroup_sysctl raw_tracepoint_writable cgroup_sockopt tracing struct_ops ext lsm sk_lookup " +
	"syscall netfilter")

func programType(kind uint32) string {
	if kind == 0 || kind > uint32(len(programTypes)) {
		return fmt.Sprintf("type %d", kind)
	}
	return programTypes[kind-1]
}

// attachType names how a tracing program is attached to a function.
func attachType(n uint32) string {
	switch n {
	case 24:
		return "fentry"
	case 25:
		return "fexit"
	case 26:
		return "fmod_ret"
	}
	return fmt.Sprintf("attach type %d", n)
}
