// Package include carries bpf_sdt.h, the C header with which BPF programs declare and
// place static tracing probes, so that a tool that is one binary can hand it out.
//
// The header's own comment documents its macros, the types an argument may have, and
// the sections that a probe leaves in an object.
//
// A program that compiles BPF writes [Header] to a file called [Name], in a folder that it gives clang by -I.
package include

import _ "embed"

// Name is what C programs include the header as.
const Name = "bpf_sdt.h"

//go:embed bpf_sdt.h
var header string

// Header returns the text of bpf_sdt.h. The caller owns the slice.
func Header() []byte {
	return []byte(header)
}
