package linker_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/examples"
	"github.com/bpfsdt/bpf-sdt-link/linker"
	"github.com/bpfsdt/bpf-sdt-link/object"
)

// A file and an object in memory are linked, and written where they are wanted. docs/go.md explains it.
func ExampleLink() {
	inMemory, err := os.ReadFile("../golden/testdata/lower_sites/b.clang19.el.o.zst")
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	inputs := []linker.Input{{Name: "../golden/testdata/lower_sites/a.clang19.el.o.zst"}, {Name: "made in memory", Data: inMemory}}
	res, err := linker.Link(ctx, inputs, linker.Options{
		Output:   "gate.o",
		Probes:   []linker.ProbeRule{{Mode: linker.ProbeCall}},
		Threads:  2,
		Unjoined: true,
		Progress: func(linker.Progress) {},
	})
	var faults *diag.Failure
	if errors.As(err, &faults) {
		_ = diag.Text(os.Stderr, faults.Diagnostics, false)
	}
	if err != nil {
		log.Fatal(err)
	}
	var out bytes.Buffer
	if _, err = res.WriteTo(&out); err != nil {
		log.Fatal(err)
	}
	_, err = object.Parse("gate.o", out.Bytes())
	fmt.Println("an object that can be read:", err == nil)
	fmt.Println("with probes:", len(res.Probes) > 0)
	// Output:
	// an object that can be read: true
	// with probes: true
}

// Which probes a link makes calls of, and where they are then.
func ExampleResult() {
	var inputs []linker.Input
	for _, name := range examples.Names {
		data, err := examples.Object(name)
		if err != nil {
			log.Fatal(err)
		}
		inputs = append(inputs, linker.Input{Name: name, Data: data})
	}
	rule, err := linker.ParseProbeRule("call:parse_*,verdict")
	if err != nil {
		log.Fatal(err)
	}
	res, err := linker.Link(context.Background(), inputs, linker.Options{Probes: []linker.ProbeRule{rule}})
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range res.Probes {
		for _, s := range p.Sites {
			fmt.Printf("%s in %s, instruction %d of %s: %v\n", p.Name, s.Function, s.Insn(), s.Section, s.Linked)
		}
	}
	// Output:
	// packet_leaves in egress, instruction 0 of tc: nop
	// parse_start in ethernet_protocol, instruction 32 of .text: call
	// verdict in firewall, instruction 26 of xdp: call
}

// Inputs that are at fault: all faults of the link come in one error, as data.
func ExampleLink_faults() {
	firewall, err := examples.Object("firewall.o")
	if err != nil {
		log.Fatal(err)
	}
	inputs := []linker.Input{{Name: "firewall.o", Data: firewall}, {Name: "again.o", Data: firewall}, {Name: "notes.txt", Data: []byte("hello")}}
	_, err = linker.Link(context.Background(), inputs, linker.Options{})
	var failure *diag.Failure
	if !errors.As(err, &failure) {
		log.Fatal(err)
	}
	for _, d := range failure.Diagnostics {
		if d.Severity == diag.Error {
			fmt.Printf("%s: %s (%s)\n", d.Place.Object, d.Message, d.ID)
		}
	}
	// Output:
	// notes.txt: not an ELF file (object)
	// again.o: 'firewall' is defined in two objects (duplicate-symbol)
	// again.o: 'blocked_ports' is defined in two objects (duplicate-symbol)
}
