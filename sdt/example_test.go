package sdt_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/ringbuf"

	"github.com/bpfsdt/bpf-sdt-link/examples"
	"github.com/bpfsdt/bpf-sdt-link/linker"
	"github.com/bpfsdt/bpf-sdt-link/sdt"
)

// Example loads a program, observes its probe packet_in, and reads what the observer reports. filter.o was linked with
// bpf-sdt-link --probes=call; watch.o has the observer, a program in SEC("fentry"), and a ring buffer.
func Example() {
	target, err := ebpf.LoadCollection("filter.o")
	if err != nil {
		log.Fatal(err)
	}
	defer target.Close()

	spec, err := ebpf.LoadCollectionSpec("watch.o")
	if err != nil {
		log.Fatal(err)
	}
	if err := sdt.Prepare(target.Programs["filter"], "packet_in", spec.Programs["watch"]); err != nil {
		log.Fatal(err)
	}
	observers, err := ebpf.NewCollection(spec)
	if err != nil {
		log.Fatal(sdt.Explain(err))
	}
	defer observers.Close()

	l, err := sdt.Attach(observers.Programs["watch"])
	if err != nil {
		log.Fatal(err)
	}
	defer l.Close()

	events, err := ringbuf.NewReader(observers.Maps["events"])
	if err != nil {
		log.Fatal(err)
	}
	defer events.Close()
	for {
		event, err := events.Read()
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%x\n", event.RawSample)
	}
}

// ExampleProbes lists the probes of a program before it is loaded. Here it is linked by the way; most programs read a file:
// ebpf.LoadCollectionSpec.
func ExampleProbes() {
	var inputs []linker.Input
	for _, name := range examples.Names {
		data, err := examples.Object(name)
		if err != nil {
			log.Fatal(err)
		}
		inputs = append(inputs, linker.Input{Name: name, Data: data})
	}
	res, err := linker.Link(context.Background(), inputs, linker.Options{Probes: []linker.ProbeRule{{Mode: linker.ProbeCall}}})
	if err != nil {
		log.Fatal(err)
	}
	spec, err := ebpf.LoadCollectionSpecFromReader(bytes.NewReader(res.Object))
	if err != nil {
		log.Fatal(err)
	}
	probes, err := sdt.Probes(spec)
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range probes {
		fmt.Printf("%s: linked as %v, in programs %v\n", p.Name, p.Linked(), p.Programs())
		for _, s := range p.Sites {
			fmt.Printf("\t%s, instruction %d, calls %s\n", s.Function, s.Insn, s.Callee)
		}
	}
	// Output:
	// packet_leaves: linked as call, in programs [egress]
	// 	egress, instruction 0, calls packet_leaves
	// parse_start: linked as call, in programs [firewall]
	// 	ethernet_protocol, instruction 4, calls parse_start
	// verdict: linked as call, in programs [firewall]
	// 	firewall, instruction 26, calls verdict
}

// ExampleEnable loads a program with what stands inside of if (BPF_SDT_ENABLED(packet_in)), for every probe that has a flag.
func ExampleEnable() {
	spec, err := ebpf.LoadCollectionSpec("filter.o")
	if err != nil {
		log.Fatal(err)
	}
	probes, err := sdt.Probes(spec)
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range probes {
		if p.HasFlag {
			if err := sdt.Enable(spec, p.Name); err != nil {
				log.Fatal(err)
			}
		}
	}
	target, err := ebpf.NewCollection(spec)
	if err != nil {
		log.Fatal(err)
	}
	defer target.Close()
}

// ExamplePrepare observes a program that somebody else has loaded and pinned.
func ExamplePrepare() {
	target, err := ebpf.LoadPinnedProgram("/sys/fs/bpf/filter", nil)
	if err != nil {
		log.Fatal(err)
	}
	defer target.Close()
	spec, err := ebpf.LoadCollectionSpec("watch.o")
	if err != nil {
		log.Fatal(err)
	}
	err = sdt.Prepare(target, "packet_in", spec.Programs["watch"])
	switch {
	case errors.Is(err, sdt.ErrNotLowered):
		log.Fatal("link filter.o with --probes=call first")
	case err != nil:
		log.Fatal(err)
	}
}

// ExampleExplain goes without an observer where the kernel takes none.
func ExampleExplain() {
	spec, err := ebpf.LoadCollectionSpec("watch.o")
	if err != nil {
		log.Fatal(err)
	}
	// sdt.Prepare ...
	observers, err := ebpf.NewCollection(spec)
	switch err := sdt.Explain(err); {
	case errors.Is(err, sdt.ErrFentry), errors.Is(err, sdt.ErrRecursive):
		log.Printf("not observed: %v", err)
		return
	case err != nil:
		log.Fatal(err)
	}
	defer observers.Close()
}
