package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"

	"github.com/bpfsdt/bpf-sdt-link/linker"
)

// variant is one way to compile and link the program.
type variant struct {
	name, title string
	yardstick   string // the variant that does the same by hand
	defines     []string
	options     linker.Options
	counter     bool // counter.c is linked as well
	observed    bool

	missing string // why there is no measurement
	coll    *ebpf.Collection
	link    link.Link
	jited   int       // bytes of machine code of the program, without the functions that it calls
	insns   int       // instructions of it as loaded, functions included
	ns      []float64 // what a run took in each round
}

var call = []linker.ProbeRule{{Mode: linker.ProbeCall}}

func allVariants() []*variant {
	return []*variant{
		{name: "none", title: "no probes", defines: []string{"BPF_SDT_DISABLE"}},
		{name: "nop", title: "NOP (`--probes=nop`)"},
		{name: "guarded", title: "guarded by `BPF_SDT_ENABLED`, off", defines: []string{"GUARDED"}, options: linker.Options{Probes: call}},
		{name: "stub", title: "stub (`--probes=call`), not observed", yardstick: "hand", options: linker.Options{Probes: call}},
		{name: "observed", title: "stub with an fentry observer", yardstick: "hand", options: linker.Options{Probes: call}, observed: true},
		{name: "hand", title: "call written by hand, empty function", defines: []string{"BY_HAND"}},
		{name: "attached", title: "counter in global data (`--attach`)", yardstick: "handcount",
			options: linker.Options{Attach: []linker.Attachment{{Probe: "step", Function: "count"}}}, counter: true},
		{name: "handcount", title: "call written by hand, the same counter", defines: []string{"COUNT_BY_HAND"}},
	}
}

// loadAll compiles, links and loads every variant.
func loadAll(cc *compiler) ([]*variant, error) {
	variants := allVariants()
	for i, v := range variants {
		if err := v.load(cc); err != nil {
			return variants[:i+1], fmt.Errorf("%s: %w", v.title, err)
		}
	}
	return variants, nil
}

func (v *variant) load(cc *compiler) error {
	obj, err := v.build(cc)
	if err != nil {
		return err
	}
	spec, err := ebpf.LoadCollectionSpecFromReader(bytes.NewReader(obj))
	if err != nil {
		return err
	}
	if v.coll, err = ebpf.NewCollection(spec); err != nil {
		return err
	}
	if err := v.size(); err != nil {
		return err
	}
	if !v.observed {
		return nil
	}
	v.link, err = observe(v.coll.Programs["bench"], "step")
	switch {
	case errors.Is(err, unix.EPERM):
		v.missing = "this kernel does not permit fentry programs"
	case errors.Is(err, ebpf.ErrNotSupported):
		v.missing = "this kernel does not know fentry programs"
	default:
		return err
	}
	return nil
}

func (v *variant) build(cc *compiler) ([]byte, error) {
	inputs := []linker.Input{{Name: "probes.o"}}
	var err error
	if inputs[0].Data, err = cc.compile("probes.c", v.defines); err != nil {
		return nil, err
	}
	if v.counter {
		counter := linker.Input{Name: "counter.o"}
		if counter.Data, err = cc.compile("counter.c", nil); err != nil {
			return nil, err
		}
		inputs = append(inputs, counter)
	}
	options := v.options
	options.Output = v.name + ".o"
	res, err := linker.Link(context.Background(), inputs, options)
	if err != nil {
		return nil, err
	}
	return res.Object, nil
}

// size notes how large the loaded program is. A kernel that does not tell leaves the columns empty.
func (v *variant) size() error {
	info, err := v.coll.Programs["bench"].Info()
	if err != nil {
		return err
	}
	if lens, ok := info.JitedFuncLens(); ok && len(lens) > 0 {
		v.jited = int(lens[0])
	} else if n, err := info.JitedSize(); err == nil {
		v.jited = int(n)
	}
	if n, err := info.TranslatedSize(); err == nil {
		v.insns = n / asm.InstructionSize
	}
	return nil
}

// observe attaches an fentry program that does nothing to a function of a loaded program.
func observe(target *ebpf.Program, function string) (link.Link, error) {
	observer, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Name: "observer", Type: ebpf.Tracing, AttachType: ebpf.AttachTraceFEntry, License: "GPL",
		AttachTarget: target, AttachTo: function,
		Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()},
	})
	if err != nil {
		return nil, err
	}
	defer observer.Close()
	return link.AttachTracing(link.TracingOptions{Program: observer})
}

func (v *variant) close() {
	if v.link != nil {
		v.link.Close()
	}
	if v.coll != nil {
		v.coll.Close()
	}
}
