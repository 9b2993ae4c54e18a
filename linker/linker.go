// Package linker links relocatable BPF objects into one, BPF SDT probes included.
package linker

import (
	"context"

	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/notes"
)

// Input is one object to link.
type Input struct {
	Name string // as shown in diagnostics; the path to read if Data is nil
	Data []byte // the object, plain or zstd-compressed; nil to read Name
}

// Options change how a link is done. The zero value is the default.
type Options struct {
	// AllowFaulty is reserved.
}

// Result is what a link made.
type Result struct {
	Object      []byte            // the ELF object
	Probes      []notes.Probe     // the probes in it, by name
	Diagnostics []diag.Diagnostic // warnings
}

// Link links inputs in their order. If an input is at fault, the error is a *diag.Failure
// that carries all diagnostics of the run and there is no Result; any other error comes from
// reading an input or from ctx.
func Link(ctx context.Context, inputs []Input, opts Options) (*Result, error) {
	panic("not yet")
}
