package examples_test

import (
	"context"
	"fmt"
	"log"

	"github.com/bpfsdt/bpf-sdt-link/examples"
	"github.com/bpfsdt/bpf-sdt-link/linker"
)

// The example program is linked, and its probes become calls.
func ExampleObject() {
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
	for _, p := range res.Probes {
		fmt.Println(p.Name, len(p.Sites))
	}
	// Output:
	// packet_leaves 1
	// parse_start 1
	// verdict 1
}
