// Package linkmap says what a link did: which inputs were read and why, what each put where, what is left out, renamed or
// made global and why, and the probes. A link makes a Map (linker.Options.Map); this package writes it as text or as a page
// of HTML.
package linkmap

import "github.com/bpfsdt/bpf-sdt-link/notes"

// Map is what a link did. Names are those of files: a writer makes them safe to print.
type Map struct {
	Output   string // name of the output
	Size     uint64 // of the output, in bytes
	Inputs   []Input
	Sections []Section // in the order of the output's section headers, the null section left out
	Symbols  []Symbol  // in the order of the output's symbol table, section symbols left out
	Probes   []notes.Probe
	Dropped  []Dropped
	Renamed  []Renamed
	Promoted []Promoted
}

// Input is an object that is linked, in the order of the link. Objects that the linker makes come last.
type Input struct {
	Name   string // as in diagnostics: "a.o"; "lib.a(b.o)" for a member of an archive; "<bpf-sdt-link>" for what the linker made
	Size   uint64 // of the file, in bytes; 0 for what the linker made
	Symbol string // the symbol that a member of an archive is linked for, "" for any other input
	By     string // the name of the input that refers to that symbol; "" if an option does
}

// Section is a section of the output.
type Section struct {
	Name   string
	Type   string // "code", "data", "zero", "note", "probes", "maps", "btf", "relocations", "symbols" or "strings"
	Flags  string // "W" writable, "A" allocated, "X" code, in this order
	Size   uint64 // bytes; those of a section of type "zero" take no room in the file
	Align  uint64 // bytes
	Parts  []Part // what inputs put there, by offset; none for what the linker makes: relocations, tables, BTF
	Offset uint64 // of the contents in the file, in bytes
}

// Part is what a section of an input puts into a section of the output.
type Part struct {
	Input   int    // index in Map.Inputs
	Section string // its name in the input
	Offset  uint64 // in the section of the output, in bytes
	Size    uint64 // in the output, in bytes
	Before  uint64 // in the input, in bytes: differs if code is removed or put in
}

// Symbol is a symbol of the output.
type Symbol struct {
	Name       string
	Binding    string // "local", "global" or "weak"
	Type       string // "function", "object" or "none"
	Visibility string // "default", "internal", "hidden" or "protected"
	Section    int    // index in Map.Sections; -1: undefined, -2: absolute
	Offset     uint64 // bytes from the start of Section
	Size       uint64 // bytes
	Input      int    // index in Map.Inputs of the object that defines it; -1 if it is undefined
	File       string // C source of a function, "" if line info does not say
	Line       uint32 // from 1
}

// Dropped is something of an input that is not in the output.
type Dropped struct {
	Kind    string // "function", "section", "declaration", "definition" or "member"
	Name    string
	Input   int    // index in Map.Inputs; -1 for a member of an archive, whose Name is "lib.a(b.o)"
	Section string // in the input
	Offset  uint64 // bytes from the start of Section
	Size    uint64 // bytes
	Why     string // "nothing calls it", "b.o overrides it", ...
}

// Renamed is a symbol that has another name in the output.
type Renamed struct {
	From, To string
	Input    int // index in Map.Inputs
	Why      string
}

// Promoted is a symbol that has another binding in the output: a weak one made global, a global one made local.
type Promoted struct {
	Name     string
	Input    int    // index in Map.Inputs
	From, To string // bindings, as in Symbol
	Why      string
}
