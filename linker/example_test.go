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
