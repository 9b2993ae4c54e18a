package sdt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"syscall"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"
)

func TestCheckObserver(t *testing.T) {
	for _, c := range []struct {
		section string
		typ     ebpf.ProgramType
		attach  ebpf.AttachType
		ok      bool
	}{
		{"fentry", ebpf.Tracing, ebpf.AttachTraceFEntry, true},
		{"fentry/my_probe", ebpf.Tracing, ebpf.AttachTraceFEntry, true},
		{"?fentry/my_probe", ebpf.Tracing, ebpf.AttachTraceFEntry, true},
		{"bpf_sdt", ebpf.UnspecifiedProgram, ebpf.AttachNone, true},
		{"bpf_sdt/my_probe", ebpf.UnspecifiedProgram, ebpf.AttachNone, true},
		{"", ebpf.UnspecifiedProgram, ebpf.AttachNone, true}, // made by hand
		{"", ebpf.Tracing, ebpf.AttachTraceFEntry, true},
		{"", ebpf.Tracing, ebpf.AttachTraceFExit, false},
		{"", ebpf.XDP, ebpf.AttachNone, false},
		{"fexit", ebpf.Tracing, ebpf.AttachTraceFExit, false},
		{"fentry.s", ebpf.Tracing, ebpf.AttachTraceFEntry, false},
		{"bpf_sdtx", ebpf.UnspecifiedProgram, ebpf.AttachNone, false},
		{"xdp", ebpf.XDP, ebpf.AttachXDP, false},
	} {
		err := checkObserver(&ebpf.ProgramSpec{Name: "o", SectionName: c.section, Type: c.typ, AttachType: c.attach})
		if (err == nil) != c.ok {
			t.Errorf("section %q, type %v, attach type %v: %v", c.section, c.typ, c.attach, err)
		}
	}
}

func TestReadsBeyond(t *testing.T) {
	load := func(dst, src asm.Register, off int16) asm.Instruction { return asm.LoadMem(dst, src, off, asm.DWord) }
	throw := asm.FnMapLookupElem.Call()
	throw.Src = asm.PseudoKfuncCall
	for name, c := range map[string]struct {
		args    int
		insns   asm.Instructions
		want    int // argument
		certain bool
	}{
		"within":  {2, asm.Instructions{load(asm.R0, asm.R1, 8), asm.Return()}, 0, false},
		"beyond":  {2, asm.Instructions{load(asm.R0, asm.R1, 16), asm.Return()}, 2, true},
		"none":    {0, asm.Instructions{load(asm.R0, asm.R1, 0), asm.Return()}, 0, true},
		"five":    {5, asm.Instructions{load(asm.R0, asm.R1, 40), asm.Return()}, 5, true},
		"nothing": {0, asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()}, 0, false},
		"a narrow load": {1, asm.Instructions{
			asm.LoadMem(asm.R0, asm.R1, 12, asm.Word), asm.Return()}, 1, true},
		"after a move": {2, asm.Instructions{
			asm.Mov.Reg(asm.R6, asm.R1), asm.FnGetPrandomU32.Call(), load(asm.R0, asm.R6, 16), asm.Return()}, 2, true},
		"clobbered by a call": {2, asm.Instructions{
			asm.FnGetPrandomU32.Call(), load(asm.R0, asm.R1, 16), asm.Return()}, 0, false},
		"half a move": {2, asm.Instructions{
			asm.Mov.Reg32(asm.R6, asm.R1), load(asm.R0, asm.R6, 16), asm.Return()}, 0, false},
		"after a constant": {2, asm.Instructions{
			asm.Mov.Imm(asm.R1, 0), load(asm.R0, asm.R1, 16), asm.Return()}, 0, false},
		"after an addition": {2, asm.Instructions{
			asm.Add.Imm(asm.R1, 8), load(asm.R0, asm.R1, 8), asm.Return()}, 2, true},
		"after a subtraction": {2, asm.Instructions{
			asm.Add.Imm(asm.R1, 16), asm.Add.Imm(asm.R1, -8), load(asm.R0, asm.R1, 0), asm.Return()}, 0, false},
		"after adding a register": {2, asm.Instructions{
			asm.Add.Reg(asm.R1, asm.R2), load(asm.R0, asm.R1, 16), asm.Return()}, 0, false},
		"on the stack": {2, asm.Instructions{
			asm.StoreMem(asm.RFP, -8, asm.R1, asm.DWord), load(asm.R2, asm.RFP, -8), load(asm.R0, asm.R2, 16), asm.Return()}, 0, false},
		"through what was loaded": {2, asm.Instructions{
			load(asm.R1, asm.R1, 8), load(asm.R0, asm.R1, 16), asm.Return()}, 0, false},
		"on one path": {2, asm.Instructions{
			asm.Mov.Imm(asm.R0, 0), asm.JEq.Imm(asm.R2, 0, "out"), load(asm.R0, asm.R1, 16), asm.Return().WithSymbol("out")}, 0, false},
		"on both paths": {2, asm.Instructions{
			asm.JEq.Imm(asm.R2, 0, "other"), load(asm.R0, asm.R1, 16), asm.Return(),
			load(asm.R0, asm.R1, 24).WithSymbol("other"), asm.Return()}, 2, true},
		"after both paths": {2, asm.Instructions{
			asm.JEq.Imm(asm.R2, 0, "on"), asm.Mov.Imm(asm.R3, 1),
			load(asm.R0, asm.R1, 16).WithSymbol("on"), asm.Return()}, 2, true},
		"of two pointers": {2, asm.Instructions{
			asm.JEq.Imm(asm.R2, 0, "on"), asm.Add.Imm(asm.R1, 8),
			load(asm.R0, asm.R1, 8).WithSymbol("on"), asm.Return()}, 0, false},
		"after a jump by distance": {2, asm.Instructions{
			{OpCode: asm.OpCode(asm.JumpClass).SetJumpOp(asm.Ja), Offset: 2}, asm.LoadImm(asm.R1, 0, asm.DWord),
			load(asm.R0, asm.R1, 16), asm.Return()}, 2, true},
		"in a loop": {2, asm.Instructions{
			asm.Mov.Imm(asm.R2, 9).WithSymbol("again"), asm.JNE.Imm(asm.R2, 0, "again"), load(asm.R0, asm.R1, 16), asm.Return()}, 2, true},
		"in a loop that moves": {2, asm.Instructions{
			asm.Add.Imm(asm.R1, 1).WithSymbol("again"), asm.JNE.Imm(asm.R2, 0, "again"), asm.Return()}, 0, false},
		"forever": {2, asm.Instructions{asm.Ja.Label("again").WithSymbol("again")}, 0, false},
		"with an exception": {2, asm.Instructions{
			throw.WithReference("bpf_throw"), load(asm.R0, asm.R1, 16), asm.Return()}, 0, false},
		"after a jump that is not known": {2, asm.Instructions{
			{OpCode: 0xe5, Offset: 1}, load(asm.R0, asm.R1, 16), asm.Return()}, 0, false},
		"out of the program":   {2, asm.Instructions{asm.Mov.Imm(asm.R0, 0)}, 0, false},
		"before the program":   {2, asm.Instructions{{OpCode: asm.OpCode(asm.JumpClass).SetJumpOp(asm.Ja), Offset: -9}}, 0, false},
		"of no instruction":    {2, nil, 0, false},
		"into an atomic":       {2, asm.Instructions{asm.StoreXAdd(asm.R1, asm.R2, asm.DWord), load(asm.R0, asm.R1, 16), asm.Return()}, 0, false},
		"past a store":         {2, asm.Instructions{asm.StoreImm(asm.RFP, -8, 1, asm.DWord), load(asm.R0, asm.R1, 16), asm.Return()}, 2, true},
		"past a packet's byte": {2, asm.Instructions{asm.LoadAbs(0, asm.Byte), load(asm.R0, asm.R1, 16), asm.Return()}, 0, false},
	} {
		got, certain := readsBeyond(c.insns, c.args)
		if certain != c.certain || certain && got != c.want {
			t.Errorf("%s: argument %d, certain %v; want %d, %v", name, got, certain, c.want, c.certain)
		}
	}
}

// FuzzReadsBeyond has programs of arbitrary bytes: it must end, and an argument that is read is beyond the first n.
func FuzzReadsBeyond(f *testing.F) {
	var b bytes.Buffer
	insns := asm.Instructions{asm.LoadMem(asm.R0, asm.R1, 16, asm.DWord), asm.JEq.Imm(asm.R0, 0, ""), asm.Return()}
	for i := range insns {
		if _, err := insns[i].Marshal(&b, binary.LittleEndian); err != nil {
			f.Fatal(err)
		}
	}
	f.Add(b.Bytes(), uint8(2))
	f.Fuzz(func(t *testing.T, data []byte, n uint8) {
		insns, err := asm.AppendInstructions(nil, bytes.NewReader(data), binary.LittleEndian, "")
		if err != nil {
			return
		}
		if arg, certain := readsBeyond(insns, int(n)); certain && arg < int(n) {
			t.Errorf("argument %d of %d is beyond", arg, n)
		}
	})
}

// spec returns types as the kernel hands them out.
func specOf(t *testing.T, types ...btf.Type) *btf.Spec {
	t.Helper()
	b, err := btf.NewBuilder(types, nil)
	if err != nil {
		t.Fatal(err)
	}
	data, err := b.Marshal(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	spec, err := btf.LoadSpecFromReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

func function(name string, params int, tags ...string) *btf.Func {
	return &btf.Func{Name: name, Type: &btf.FuncProto{Return: &btf.Int{Name: "int", Size: 4}, Params: make([]btf.FuncParam, params)}, Tags: tags}
}

// onKernel makes the kernel one with the RFC, or one without, for the time of a test.
func onKernel(t *testing.T, rfc bool) {
	old := kernelHasSDT
	kernelHasSDT = func() bool { return rfc }
	t.Cleanup(func() { kernelHasSDT = old })
}

func TestStub(t *testing.T) {
	declared := &btf.Var{Name: "__sdt_type_quiet", Type: &btf.Const{Type: &btf.Pointer{Target: &btf.FuncProto{Return: &btf.Void{}}}}}
	tagged := types{spec: specOf(t, declared, function("off", 0, "bpf_sdt_stub:off"), function("far", 0, "bpf_sdt_stub:far")), funcs: []*btf.Func{
		function("prog", 1, "bpf_sdt_site:opened:3", "bpf_sdt_site:tallied:5", "bpf_sdt_site:off:7"),
		function("p_opened", 1, "bpf_sdt_stub:opened"), function("closed", 1), function("on_tally", 1)}}
	untagged := types{spec: specOf(t), funcs: []*btf.Func{function("prog", 1), function("opened", 1)}}
	for _, c := range []struct {
		types types
		probe string
		rfc   bool
		want  string
		err   error
		text  string
	}{
		{tagged, "opened", false, "p_opened", nil, ""},
		{tagged, "opened", true, "p_opened", nil, ""}, // a call is one on every kernel
		{tagged, "closed", false, "", ErrNoProbe, "no such probe: 'closed' of prog; "},
		{tagged, "opend", false, "", ErrNoProbe, "no such probe: 'opend' of prog; did you mean 'opened'?"},
		{tagged, "tallied", false, "", ErrNotLowered, "probe 'tallied' of prog calls a function of the program: "},
		{tagged, "off", false, "", ErrRemoved, "probe 'off' of prog: the verifier has removed"},
		{tagged, "far", false, "", ErrNoProbe, "'far' of prog, which never comes by it"},
		{tagged, "quiet", false, "", ErrNotLowered, "probe 'quiet' of prog is linked as a NOP: "},
		{tagged, "quiet", true, "", ErrRFCKernel, "probe 'quiet' of prog is linked as a NOP: "},
		{tagged, "quiet", true, "", ErrNotLowered, "BPF_TRACE_SDT"},
		{untagged, "opened", false, "opened", nil, ""},
		{untagged, "prog", false, "", ErrNoProbe, "(its object was not linked with --probes=call)"},
		{untagged, "opend", true, "", ErrRFCKernel, "BPF_TRACE_SDT"},
	} {
		onKernel(t, c.rfc)
		f, err := c.types.stub(c.probe, " of prog")
		got := ""
		if f != nil {
			got = f.Name
		}
		if got != c.want || !errors.Is(err, c.err) || err != nil && !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s, RFC %v: got '%s', error %v; want '%s', %q", c.probe, c.rfc, got, err, c.want, c.text)
		}
		if err != nil && errors.Is(err, ErrRFCKernel) != c.rfc {
			t.Errorf("%s, RFC %v: %v", c.probe, c.rfc, err)
		}
	}
}

func TestHasSDT(t *testing.T) {
	enum := func(name string, values ...string) *btf.Enum {
		e := &btf.Enum{Name: name, Size: 4}
		for i, v := range values {
			e.Values = append(e.Values, btf.EnumValue{Name: v, Value: uint64(i)})
		}
		return e
	}
	for _, c := range []struct {
		enum *btf.Enum
		want bool
	}{
		{enum("bpf_attach_type", "BPF_TRACE_FENTRY", "BPF_TRACE_SDT"), true},
		{enum("bpf_attach_type", "BPF_TRACE_FENTRY", "BPF_TRACE_FEXIT"), false},
		{enum("other", "BPF_TRACE_SDT"), false},
	} {
		if got := hasSDT(specOf(t, c.enum)); got != c.want {
			t.Errorf("%v: %v", c.enum, got)
		}
	}
}

func TestExplain(t *testing.T) {
	refusal := func(err error, log ...string) error { return &ebpf.VerifierError{Cause: err, Log: log} }
	loading := func(err error) error { return errors.Join(errors.New("program watch: load program: "), err) }
	other := errors.New("other")
	for _, c := range []struct {
		name string
		err  error
		want error
	}{
		{"arity", refusal(syscall.EACCES, "0: (79) r0 = *(u64 *)(r1 +16)", "func 'packet_in' doesn't have 3-th argument",
			"invalid bpf_context access off=16 size=8"), ErrArity},
		{"tracing target", refusal(syscall.EINVAL, "Cannot recursively attach"), ErrRecursive},
		{"observer as target", refusal(syscall.EINVAL, "Cannot nest tracing program attach more than once"), ErrRecursive},
		{"no JIT", refusal(syscall.EINVAL, "Can attach to only JITed progs"), ErrFentry},
		{"another program", refusal(syscall.EINVAL, "Subprog packet_in doesn't exist"), ErrNoProbe},
		{"no right", loading(syscall.EPERM), ErrFentry},
		{"no right, empty log", loading(refusal(syscall.EPERM)), ErrFentry},
		{"not supported", loading(ebpf.ErrNotSupported), ErrFentry},
		{"a number of the kernel's own", loading(syscall.Errno(524)), ErrFentry},
	} {
		if got := Explain(c.err); !errors.Is(got, c.want) || !errors.Is(got, c.err) {
			t.Errorf("%s: got %v", c.name, got)
		}
	}
	for _, err := range []error{
		nil, other, refusal(syscall.EACCES, "R1 type=scalar expected=fp"), loading(syscall.EINVAL),
		errors.Join(errors.New("map events: map create: "), syscall.EPERM),
	} {
		if got := Explain(err); got != err {
			t.Errorf("%v became %v", err, got)
		}
	}
	if got := explainAttach(syscall.E2BIG); !errors.Is(got, syscall.E2BIG) || !strings.Contains(got.Error(), "38") {
		t.Errorf("a full function: %v", got)
	}
	for _, err := range []error{syscall.EPERM, syscall.Errno(524), ebpf.ErrNotSupported} {
		if got := explainAttach(err); !errors.Is(got, ErrFentry) {
			t.Errorf("attaching: %v", got)
		}
	}
}
