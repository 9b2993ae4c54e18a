package loaded

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bpfsdt/bpf-sdt-link/btfgen"
	"github.com/bpfsdt/bpf-sdt-link/notes"
)

// fake is a kernel of a test's making.
type fake struct {
	programs map[uint32]*program
	links    map[uint32]*traceLink
	btf      map[uint32][]byte
	maps     map[uint32]*array
	gone     map[uint32]bool // programs that are listed, and are unloaded before they can be read
	err      error           // of everything
}

// after returns the least id after one.
func after[T any](all map[uint32]T, more map[uint32]bool, id uint32) (uint32, error) {
	for next := id + 1; next < 1000; next++ {
		if _, ok := all[next]; ok || more[next] {
			return next, nil
		}
	}
	return 0, fs.ErrNotExist
}

func (f *fake) nextProgram(id uint32) (uint32, error) {
	if f.err != nil {
		return 0, f.err
	}
	return after(f.programs, f.gone, id)
}

func (f *fake) nextLink(id uint32) (uint32, error) { return after(f.links, nil, id) }

func get[T any](f *fake, all map[uint32]T, id uint32) (t T, err error) {
	if f.err != nil {
		return t, f.err
	}
	t, ok := all[id]
	if !ok {
		return t, fs.ErrNotExist
	}
	return t, nil
}

func (f *fake) program(id uint32) (*program, error) { return get(f, f.programs, id) }
func (f *fake) pinned(string) (*program, error)     { return get(f, f.programs, 1) }
func (f *fake) programOf(int) (*program, error)     { return get(f, f.programs, 1) }
func (f *fake) link(id uint32) (*traceLink, error)  { return get(f, f.links, id) }
func (f *fake) types(id uint32) ([]byte, error)     { return get(f, f.btf, id) }
func (f *fake) array(id uint32) (*array, error)     { return get(f, f.maps, id) }

// ids are type ids in the BTF of sample.
type ids struct{ prog, sub, stub, lost, flags, line uint32 }

// sampleTypes is BTF as libbpf loads it: a program 'filter' with two sites of 'in', one of 'off' and one of 'tally', which
// --attach made a call; a subprogram with one more of 'in'; the stubs of 'in' and 'off'; and the flag of 'off'.
func sampleTypes() ([]byte, ids) {
	b := btfgen.NewBuilder(native)
	num := b.Int("int", 4, btfgen.Signed)
	void := b.Modify(btfgen.Ptr, 0)
	proto := b.Proto(num, []btfgen.Param{{Name: "a1", Type: num}})
	var id ids
	id.prog = b.Func("filter_with_a_long_name", proto, btfgen.Global)
	id.sub = b.Func("sub", proto, btfgen.Static)
	id.stub = b.Func("p_in", proto, btfgen.Static)
	id.lost = b.Func("p_off", proto, btfgen.Static)
	b.Tag("bpf_sdt_site:in:3", id.prog)
	b.Tag("bpf_sdt_site:in:9", id.prog)
	b.Tag("bpf_sdt_site:off:12", id.prog)
	b.Tag("bpf_sdt_site:tally:20", id.prog)
	b.Tag("bpf_sdt_site:nonsense", id.prog)
	b.Tag("bpf_sdt_site:in:1", id.sub)
	b.Tag("bpf_sdt_stub:in", id.stub)
	b.Tag("bpf_sdt_stub:off", id.lost)
	decl := b.Var("__sdt_type_in", b.Modify(btfgen.Const, b.Modify(btfgen.Ptr, b.Proto(0, []btfgen.Param{{Type: void}}))), btfgen.Static)
	b.Tag("bpf_sdt:in:1", decl)
	flag := b.Var("bpf_sdt_enabled_off", b.Int("_Bool", 1, btfgen.Bool), btfgen.Global)
	id.flags = b.Datasec(".rodata", 8, []btfgen.Element{{Type: flag, Offset: 5, Size: 1}})
	// A name for a source file: BTF has but one table of strings.
	b.Fwd("a.c")
	data := b.Types()
	id.line = uint32(strings.Index(string(data), "a.c\x00") - strings.Index(string(data), "\x00int\x00"))
	return data, id
}

// call is the instruction that calls the function at another position, as a kernel shows it.
func call(from, to, number int) []byte {
	b := []byte{0x85, 0x10, 0, 0, 0, 0, 0, 0}
	if native.String() == "BigEndian" {
		b[1] = 0x01
	}
	native.PutUint16(b[2:], uint16(to-from-1))
	native.PutUint32(b[4:], uint32(number))
	return b
}

func join(insns ...[]byte) (all []byte) {
	for _, i := range insns {
		all = append(all, i...)
	}
	return all
}

var (
	nop  = []byte{0xb7, 0, 0, 0, 0, 0, 0, 0}
	wide = append([]byte{0x18, 0, 0, 0, 0x85, 0, 0, 0}, 0, 0, 0, 0, 0x85, 0x10, 3, 0)
	exit = []byte{0x95, 0, 0, 0, 0, 0, 0, 0}
)

// sample is a kernel with one program of sampleTypes, two that observe it, one that observes a function of the kernel, and
// one that has nothing to do with probes.
func sample() (*fake, ids) {
	types, id := sampleTypes()
	p := &program{
		id: 7, kind: 6, btf: 70, name: "filter_with_a_l", tag: [8]byte{0xab}, maps: []uint32{90, 91},
		insns: join(wide, call(2, 9, 2), nop, call(4, 6, 1), exit, call(6, 9, 2), nop, exit, nop, exit),
		funcs: []funcRecord{{0, id.prog}, {6, id.sub}, {9, id.stub}},
		lines: []lineRecord{{0, id.line, 0, 5<<10 | 1}, {2, id.line, 0, 6<<10 | 2}, {6, id.line, 0, 9 << 10}},
	}
	return &fake{
		programs: map[uint32]*program{
			1: {id: 1, kind: 99, name: "plain"}, 7: p,
			20: {id: 20, kind: 26, name: "watch"}, 21: {id: 21, kind: 26, name: "leave"}, 22: {id: 22, kind: 26, name: "other", attachBTF: 1},
		},
		links: map[uint32]*traceLink{
			30: {program: 21, attach: 25, target: 7, function: id.stub}, 31: {program: 20, attach: 24, target: 7, function: id.stub},
			32: {program: 22, attach: 24, target: 7, function: id.stub}, // a type of the BTF with id 7
			33: {program: 20, attach: 24, target: 1, function: id.stub}, 34: nil, 35: {program: 20, attach: 24, target: 7, function: id.prog},
			36: {program: 99, attach: 24, target: 7, function: id.stub}, // whose program is gone
		},
		btf:  map[uint32][]byte{70: types},
		maps: map[uint32]*array{90: nil, 91: {btf: 70, valueType: id.flags, value: []byte{0, 0, 0, 0, 0, 1, 0, 0}}},
	}, id
}

func sampleProgram() Program {
	site := func(function string, insn int, line, column uint32) Site {
		return Site{Function: function, Linked: LinkedCall, Insn: insn, File: "a.c", Line: line, Column: column, Callee: "p_in"}
	}
	return Program{
		ID: 7, Name: "filter_with_a_long_name", Type: "xdp", Tag: "ab00000000000000", BTF: 70,
		Probes: []Probe{{
			Name: "in", Args: []notes.Arg{{Type: "void *", Size: 8}}, Declared: true, Stub: "p_in",
			Sites: []Site{site("filter_with_a_long_name", 2, 6, 2), site("sub", 6, 9, 0),
				{Function: "filter_with_a_long_name", Linked: LinkedRemoved, Insn: -1}},
			Observers: []Observer{{30, 21, "leave", "fexit"}, {31, 20, "watch", "fentry"}},
		}, {
			Name: "off", Args: []notes.Arg{{Type: "int", Size: 4, Signed: true}}, Stub: "p_off",
			Sites: []Site{{Function: "filter_with_a_long_name", Linked: LinkedRemoved, Insn: -1}},
			Flag:  "bpf_sdt_enabled_off", Enabled: true,
		}, {
			Name: "tally", Sites: []Site{{Function: "filter_with_a_long_name", Linked: LinkedAttach, Insn: -1}},
		}},
	}
}

var ignoreIDs = cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".TypeID" }, cmp.Ignore())

func TestAll(t *testing.T) {
	k, _ := sample()
	k.gone = map[uint32]bool{3: true, 8: true}
	got, err := newReader(k).All()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Program{sampleProgram()}, got, ignoreIDs); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestHidden is about a kernel that does not show code: kernel.kptr_restrict, with constants blinded.
func TestHidden(t *testing.T) {
	k, _ := sample()
	k.programs[7].insns = nil
	got, err := newReader(k).ByID(7)
	if err != nil {
		t.Fatal(err)
	}
	var places []string
	for _, s := range got.Probes[0].Sites {
		places = append(places, fmt.Sprintf("%s %v %d", s.Function, s.Linked, s.Insn))
	}
	want := []string{"filter_with_a_long_name call -1", "filter_with_a_long_name call -1", "sub call -1"}
	if diff := cmp.Diff(want, places); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestErrors(t *testing.T) {
	other := errors.New("other")
	for _, c := range []struct {
		name string
		edit func(*fake, ids)
		all  int // programs that All returns
		err  error
		text string
	}{
		{"as it is", func(*fake, ids) {}, 1, nil, ""},
		{"no rights", func(k *fake, _ ids) { k.err = ErrRights }, 0, ErrRights, "CAP_SYS_ADMIN"},
		{"another error", func(k *fake, _ ids) { k.err = other }, 0, other, "list programs"},
		{"BTF is gone", func(k *fake, _ ids) { delete(k.btf, 70) }, 0, nil, ""},
		{"bad BTF", func(k *fake, _ ids) { k.btf[70] = append(k.btf[70][:8:8], "bpf_sdt_"...) }, 0, nil, "BTF of program 7"},
		{"bad BTF that is of no interest", func(k *fake, _ ids) {
			k.programs[1].btf, k.btf[10] = 10, []byte("?")
		}, 1, nil, ""},
		{"observer's BTF is bad", func(k *fake, _ ids) {
			k.programs[20].btf, k.btf[10] = 10, []byte("?")
		}, 1, nil, ""},
		{"map is gone", func(k *fake, _ ids) { delete(k.maps, 91) }, 1, nil, ""},
	} {
		k, id := sample()
		c.edit(k, id)
		got, err := newReader(k).All()
		if len(got) != c.all || c.err != nil && !errors.Is(err, c.err) || (c.text == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %d programs, error %v", c.name, len(got), err)
		}
	}
	k, _ := sample()
	if _, err := newReader(k).ByID(8); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no such program: %v", err)
	}
}

// TestNonsense has a kernel say what no kernel does: whatever it is, there is a result or an error.
func TestNonsense(t *testing.T) {
	for name, edit := range map[string]func(*program, *fake, ids){
		"functions behind the code": func(p *program, _ *fake, id ids) { p.funcs = []funcRecord{{99, id.prog}, {1 << 31, id.stub}} },
		"functions out of order":    func(p *program, _ *fake, id ids) { p.funcs = []funcRecord{{6, id.sub}, {0, id.prog}, {9, id.stub}} },
		"types that are not there":  func(p *program, _ *fake, _ ids) { p.funcs = []funcRecord{{0, 1 << 31}, {6, 0}} },
		"no functions":              func(p *program, _ *fake, _ ids) { p.funcs = nil },
		"half an instruction":       func(p *program, _ *fake, _ ids) { p.insns = p.insns[:len(p.insns)-12] },
		"half a wide instruction":   func(p *program, _ *fake, _ ids) { p.insns = wide[:8] },
		"lines out of order":        func(p *program, _ *fake, _ ids) { p.lines = []lineRecord{{9, 1 << 31, 0, 0}, {0, 1 << 31, 0, 0}} },
		"a map that is short":       func(_ *program, k *fake, _ ids) { k.maps[91].value = nil },
		"a map of another type":     func(_ *program, k *fake, id ids) { k.maps[91].valueType = id.prog },
		"a map of no type":          func(_ *program, k *fake, _ ids) { k.maps[91].valueType = 1 << 30 },
		"no BTF":                    func(p *program, _ *fake, _ ids) { p.btf = 0 },
	} {
		t.Run(name, func(t *testing.T) {
			k, id := sample()
			edit(k.programs[7], k, id)
			if _, err := newReader(k).All(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestCallee is about programs that are longer than the field for a distance tells.
func TestCallee(t *testing.T) {
	p := program{funcs: []funcRecord{{0, 1}, {9, 2}, {9 + 1<<16, 3}, {20, 4}}}
	for _, c := range []struct {
		to, number int
		want       uint32
		ok         bool
	}{
		{20, 0, 4, true}, {20, 77, 4, true}, {9, 1, 2, true}, {9, 2, 3, true}, {9, 0, 1, false}, {9, 77, 3, false}, {10, 1, 0, false},
	} {
		p.insns = call(0, c.to, c.number)
		if got, ok := p.callee(0); ok != c.ok || ok && got != c.want {
			t.Errorf("to %d, number %d: %d, %v", c.to, c.number, got, ok)
		}
	}
}

func TestNames(t *testing.T) {
	for n, want := range map[uint32]string{0: "type 0", 1: "socket_filter", 6: "xdp", 26: "tracing", 32: "netfilter", 33: "type 33"} {
		if got := programType(n); got != want {
			t.Errorf("type %d is '%s', want '%s'", n, got, want)
		}
	}
	for n, want := range map[uint32]string{0: "attach type 0", 24: "fentry", 25: "fexit", 26: "fmod_ret"} {
		if got := attachType(n); got != want {
			t.Errorf("attach type %d is '%s', want '%s'", n, got, want)
		}
	}
}
