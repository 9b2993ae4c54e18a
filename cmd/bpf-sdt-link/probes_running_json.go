package main

import (
	"github.com/bpfsdt/bpf-sdt-link/code"
	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/loaded"
	"github.com/bpfsdt/bpf-sdt-link/notes"
)

// ProgramList is what 'probes --prog --json' prints: a ProbeList, with what only programs that are loaded have.
type ProgramList struct {
	Schema  int             `json:"schema"`  // 1
	Objects []ProgramProbes `json:"objects"` // one for each program, in the order of the command line; those of "all" by id
}

// ProgramProbes are the probes of a program.
type ProgramProbes struct {
	Name        string            `json:"name"` // "prog 42 (filter)"; as on the command line if it cannot be read
	Prog        ProgramEntry      `json:"prog"`
	Probes      []RunningProbe    `json:"probes"`
	Diagnostics []diag.Diagnostic `json:"diagnostics"`
}

// ProgramEntry is a program; its id is 0 if it cannot be read.
type ProgramEntry struct {
	ID    uint32 `json:"id"`
	Name  string `json:"name"`
	Type  string `json:"type"`   // "xdp"
	Tag   string `json:"tag"`    // of its instructions, in hex
	BTFID uint32 `json:"btf_id"` // of its BTF
}

// RunningProbe is a probe of a program that is loaded.
type RunningProbe struct {
	ProbeEntry
	Enabled   bool            `json:"enabled"` // the value of the flag
	Observers []ObserverEntry `json:"observers"`
}

// ObserverEntry is a program that is attached to the stub of a probe.
type ObserverEntry struct {
	LinkID uint32 `json:"link_id"`
	ProgID uint32 `json:"prog_id"`
	Name   string `json:"name"`
	Attach string `json:"attach"` // "fentry", "fexit", "fmod_ret"
}

func describePrograms(programs []program) ProgramList {
	list := ProgramList{Schema: 1, Objects: []ProgramProbes{}}
	for i := range programs {
		p := &programs[i]
		out := ProgramProbes{
			Name: p.title(), Prog: ProgramEntry{p.ID, p.Name, p.Type, p.Tag, p.BTF},
			Probes: []RunningProbe{}, Diagnostics: append([]diag.Diagnostic{}, p.diagnostics...),
		}
		for j := range p.Probes {
			out.Probes = append(out.Probes, describeRunning(&p.Program, &p.Probes[j]))
		}
		list.Objects = append(list.Objects, out)
	}
	return list
}

func describeRunning(program *loaded.Program, p *loaded.Probe) RunningProbe {
	out := RunningProbe{
		ProbeEntry: describeProbe(&notes.Probe{Name: p.Name, Declared: p.Declared, Args: p.Args, Stub: p.Stub, Flag: p.Flag}),
		Enabled:    p.Enabled, Observers: []ObserverEntry{},
	}
	for _, s := range p.Sites {
		insn := uint64(max(s.Insn, 0))
		out.Sites = append(out.Sites, SiteEntry{
			Function: s.Function, Programs: []string{program.Name}, Offset: insn * code.InsnSize, Insn: insn,
			File: s.File, Line: s.Line, Column: s.Column, Registers: []string{}, Linked: s.Linked.String(), Callee: s.Callee,
		})
	}
	for _, o := range p.Observers {
		out.Observers = append(out.Observers, ObserverEntry{o.Link, o.Program, o.Name, o.Attach})
	}
	return out
}
