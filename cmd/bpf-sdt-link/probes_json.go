package main

import (
	"fmt"

	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/notes"
)

// ProbeList is what 'probes --json' prints. Within a schema number, fields are added only. Every
// field is always there: what is not known is "" or 0, and a list may be empty but is never null.
type ProbeList struct {
	Schema  int            `json:"schema"`  // 1
	Objects []ObjectProbes `json:"objects"` // one for each file, in the order of the command line
}

// ObjectProbes are the probes of one object.
type ObjectProbes struct {
	Name        string            `json:"name"` // as on the command line, "<stdin>" for "-"
	Probes      []ProbeEntry      `json:"probes"`
	Diagnostics []diag.Diagnostic `json:"diagnostics"` // faults and warnings, as by --diagnostics=json
}

// ProbeEntry is a probe: its declaration and the sites at which it stands.
type ProbeEntry struct {
	Name     string      `json:"name"`
	Declared bool        `json:"declared"` // whether BTF has a declaration
	Args     []ArgEntry  `json:"args"`     // of the declaration, empty if there is none
	Sites    []SiteEntry `json:"sites"`    // by section index and offset
	Stub     string      `json:"stub"`     // BTF name of the function that an fentry observer attaches to
	Flag     string      `json:"flag"`     // the variable that BPF_SDT_ENABLED reads
}

// ArgEntry is the type of a probe's argument.
type ArgEntry struct {
	Type   string `json:"type"`   // C text: "struct xdp_md *"
	Size   uint32 `json:"size"`   // bytes, 1 to 8
	Signed bool   `json:"signed"` // of integers and enums
}

// SiteEntry is a place in the code where a probe stands.
type SiteEntry struct {
	Function  string   `json:"function"`  // that holds the site
	Programs  []string `json:"programs"`  // that run the site: the function itself, or those that reach it
	Section   string   `json:"section"`   // code section
	Offset    uint64   `json:"offset"`    // of the site's NOP or call in the section, in bytes
	Insn      uint64   `json:"insn"`      // the same in instructions of 8 bytes
	File      string   `json:"file"`      // C source
	Line      uint32   `json:"line"`      // from 1
	Column    uint32   `json:"column"`    // from 1
	Registers []string `json:"registers"` // "r0" to "r10", one for each argument of a NOP
	Linked    string   `json:"linked"`    // "nop"; "call": of the stub; "attach": of a function of the program
	Callee    string   `json:"callee"`    // the function that is called
}

func describeObject(o inspected) ObjectProbes {
	out := ObjectProbes{Name: o.name, Probes: []ProbeEntry{}, Diagnostics: append([]diag.Diagnostic{}, o.diagnostics...)}
	for i := range o.probes {
		out.Probes = append(out.Probes, describeProbe(&o.probes[i]))
	}
	return out
}

func describeProbe(p *notes.Probe) ProbeEntry {
	entry := ProbeEntry{Name: p.Name, Declared: p.Declared, Args: []ArgEntry{}, Sites: []SiteEntry{}, Stub: p.Stub, Flag: p.Flag}
	for _, a := range p.Args {
		entry.Args = append(entry.Args, ArgEntry{Type: a.Type, Size: a.Size, Signed: a.Signed})
	}
	for i := range p.Sites {
		entry.Sites = append(entry.Sites, describeSite(&p.Sites[i]))
	}
	return entry
}

func describeSite(s *notes.Site) SiteEntry {
	return SiteEntry{
		Function: s.Function, Programs: append([]string{}, s.Programs...),
		Section: s.Section, Offset: s.Offset, Insn: s.Insn(),
		File: s.File, Line: s.Line, Column: s.Column,
		Registers: registers(s), Linked: s.Linked.String(), Callee: s.Callee,
	}
}

func registers(s *notes.Site) []string {
	regs := []string{}
	for _, r := range s.Regs {
		regs = append(regs, fmt.Sprintf("r%d", r))
	}
	return regs
}
