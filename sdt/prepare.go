package sdt

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
	"github.com/cilium/ebpf/link"

	"github.com/bpfsdt/bpf-sdt-link/notes"
)

// Prepare makes observer an observer of a probe of target, a program that is loaded. Load it after that, along with the rest
// of its CollectionSpec, and then call [Attach]. The spec of the observer is changed only if there is no error.
//
// Errors wrap [ErrNoProbe], [ErrNotLowered], [ErrRemoved], [ErrArity] or [ErrRFCKernel]. A probe that is still a NOP cannot be seen in a
// program that is loaded, and is then no such probe; [Lookup] tells the two apart in the target's CollectionSpec.
func Prepare(target *ebpf.Program, probe string, observer *ebpf.ProgramSpec) error {
	switch {
	case target == nil:
		return fmt.Errorf("observe probe '%s': no target", probe)
	case observer == nil:
		return fmt.Errorf("observe probe '%s': no observer: is there a program of that name?", probe)
	}
	if err := checkObserver(observer); err != nil {
		return fmt.Errorf("observe probe '%s': %w", probe, err)
	}
	stub, err := findStub(target, probe)
	if err != nil {
		return err
	}
	if err := checkArity(observer, probe, stub); err != nil {
		return err
	}
	observer.Type = ebpf.Tracing
	observer.AttachType = ebpf.AttachTraceFEntry
	observer.AttachTarget = target
	observer.AttachTo = stub.Name
	return nil
}

// Attach starts to observe: from here on the observer runs whenever its target comes by the probe, until the link is
// closed.
//
// Errors are as of [Explain].
func Attach(observer *ebpf.Program) (link.Link, error) {
	if observer == nil {
		return nil, fmt.Errorf("attach observer: no program")
	}
	l, err := link.AttachTracing(link.TracingOptions{Program: observer, AttachType: ebpf.AttachTraceFEntry})
	if err != nil {
		return nil, fmt.Errorf("attach observer: %w", explainAttach(err))
	}
	return l, nil
}

// checkObserver refuses programs of another kind. By its type alone, SEC("bpf_sdt") is like any section that the loader
// does not know.
func checkObserver(observer *ebpf.ProgramSpec) error {
	section, _, _ := strings.Cut(strings.TrimPrefix(observer.SectionName, "?"), "/")
	switch {
	case section == "fentry", section == "bpf_sdt":
		return nil
	case section == "" && observer.Type == ebpf.UnspecifiedProgram:
		return nil
	case section == "" && observer.Type == ebpf.Tracing && observer.AttachType == ebpf.AttachTraceFEntry:
		return nil
	}
	return fmt.Errorf(`'%s' in section '%s' is no observer: use SEC("fentry") or SEC("bpf_sdt")`, observer.Name, observer.SectionName)
}

// types is what the kernel tells of a program that is loaded.
type types struct {
	funcs []*btf.Func // that the program consists of, the one that it starts with first
	spec  *btf.Spec
}

// typesOf asks the kernel for the BTF of a program. Ids in it are not those of the object: every loader writes BTF anew.
func typesOf(target *ebpf.Program) (*types, error) {
	handle, err := target.Handle()
	if err != nil {
		return nil, fmt.Errorf("BTF of the target: %w", err)
	}
	defer handle.Close()
	t := &types{}
	if t.spec, err = handle.Spec(nil); err != nil {
		return nil, fmt.Errorf("BTF of the target: %w", err)
	}
	if info, err := target.Info(); err == nil {
		if funcs, err := info.FuncInfos(); err == nil {
			for _, f := range funcs {
				t.funcs = append(t.funcs, f.Func)
			}
			return t, nil
		}
	}
	// Without the right to read func_info: all functions of the object, if that is what the loader gave to the kernel.
	for typ, err := range t.spec.All() {
		if err != nil {
			return nil, fmt.Errorf("BTF of the target: %w", err)
		}
		if f, ok := typ.(*btf.Func); ok {
			t.funcs = append(t.funcs, f)
		}
	}
	return t, nil
}

// findStub finds the stub of a probe in a program.
func findStub(target *ebpf.Program, probe string) (*btf.Func, error) {
	t, err := typesOf(target)
	if err != nil {
		return nil, fmt.Errorf("probe '%s': %w", probe, err)
	}
	return t.stub(probe, " of "+target.String())
}

func (t *types) stub(probe, where string) (*btf.Func, error) {
	stubs := map[string]*btf.Func{}
	for _, f := range t.funcs {
		for _, tag := range f.Tags {
			if name, ok := strings.CutPrefix(tag, notes.StubTag); ok {
				stubs[name] = f
			}
		}
	}
	if f := stubs[probe]; f != nil {
		return f, nil
	}
	if len(stubs) == 0 {
		// A kernel before 5.16 knows no tags, and loaders then leave them out. The program itself is no stub.
		for i, f := range t.funcs {
			if f.Name == probe && i > 0 {
				return f, nil
			}
		}
	}
	err := t.missing(probe, where, slices.Sorted(maps.Keys(stubs)))
	if kernelHasSDT() {
		return nil, fmt.Errorf("%w; %w", err, ErrRFCKernel)
	}
	return nil, err
}

// missing is the error for a probe without a stub.
func (t *types) missing(probe, where string, stubs []string) error {
	elsewhere := t.hasStub(probe)
	for _, f := range t.funcs {
		for _, tag := range f.Tags {
			if name, _, ok := notes.ParseSiteTag(tag); !ok || name != probe {
				continue
			}
			if elsewhere {
				return fmt.Errorf("probe '%s'%s: %w", probe, where, ErrRemoved)
			}
			return notLowered(probe, where, "a function of the program")
		}
	}
	// libbpf gives the whole of an object's BTF to the kernel, other programs' functions and declarations too.
	if elsewhere {
		return fmt.Errorf("%w: '%s'%s, which never comes by it, though its object has it", ErrNoProbe, probe, where)
	}
	if v := (*btf.Var)(nil); t.spec.TypeByName(notes.TypePrefix+probe, &v) == nil {
		return notLowered(probe, where, "")
	}
	if len(stubs) == 0 {
		return fmt.Errorf("%w (its object was not linked with --probes=call)", noProbe(probe, where, nil))
	}
	return noProbe(probe, where, stubs)
}

// hasStub reports whether BTF has the stub of a probe, even if the program does not: the verifier removes functions that
// are never called, and BTF stays as it was loaded.
func (t *types) hasStub(probe string) bool {
	for typ, err := range t.spec.All() {
		if err != nil {
			return false
		}
		if f, ok := typ.(*btf.Func); ok && slices.Contains(f.Tags, notes.StubTag+probe) {
			return true
		}
	}
	return false
}

// checkArity refuses an observer that reads more arguments than a probe has, if it does so whatever happens. Where it may
// not come to that, the verifier decides.
func checkArity(observer *ebpf.ProgramSpec, probe string, stub *btf.Func) error {
	proto, ok := stub.Type.(*btf.FuncProto)
	if !ok {
		return fmt.Errorf("probe '%s': %s has no prototype", probe, stub.Name)
	}
	if arg, ok := readsBeyond(observer.Instructions, len(proto.Params)); ok {
		return fmt.Errorf("probe '%s' has %s, and '%s' reads argument %d: %w",
			probe, arguments(len(proto.Params)), observer.Name, arg+1, ErrArity)
	}
	return nil
}

func arguments(n int) string {
	if n == 1 {
		return "1 argument"
	}
	return fmt.Sprintf("%d arguments", n)
}

// kernelHasSDT tells whether the kernel has the RFC. Reading its BTF takes a while, so it is asked only after a failure.
var kernelHasSDT = sync.OnceValue(func() bool {
	spec, err := btf.LoadKernelSpec()
	return err == nil && hasSDT(spec)
})

func hasSDT(spec *btf.Spec) bool {
	var e *btf.Enum
	if spec.TypeByName("bpf_attach_type", &e) != nil {
		return false
	}
	return slices.ContainsFunc(e.Values, func(v btf.EnumValue) bool { return v.Name == "BPF_TRACE_SDT" })
}
