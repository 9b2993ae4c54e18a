package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/loaded"
	"github.com/bpfsdt/bpf-sdt-link/notes"
)

// programTables shows the probes of programs to people: a table for each, with a row for each site.
func programTables(programs []program) string {
	if len(programs) == 0 {
		return "no program that is loaded has probes\n"
	}
	var b strings.Builder
	for i := range programs {
		p := &programs[i]
		if p.diagnostics != nil {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s, %s:\n", diag.Printable(p.title()), p.Type)
		if len(p.Probes) == 0 {
			b.WriteString("no probes\n")
			continue
		}
		b.WriteString(programTable(p.Probes) + "\n")
	}
	return b.String()
}

func programTable(probes []loaded.Probe) string {
	header := table.Row{"probe", "arguments", "function", "insn", "source", "linked"}
	flags := slices.ContainsFunc(probes, func(p loaded.Probe) bool { return p.Flag != "" })
	if flags {
		header = append(header, "enabled")
	}
	w := newTable(append(header, "observers"))
	for i := range probes {
		p := &probes[i]
		for j := range p.Sites {
			s := &p.Sites[j]
			cells := []string{p.Name, loadedArguments(p), orDash(s.Function), "-", "-", s.Linked.String()}
			if s.Insn >= 0 {
				cells[3], cells[4] = strconv.Itoa(s.Insn), source(&notes.Site{File: s.File, Line: s.Line})
			}
			if s.Linked == loaded.LinkedCall {
				cells[5] += " " + p.Stub
			}
			if flags {
				cells = append(cells, enabled(p))
			}
			appendRow(w, append(cells, observers(p.Observers)))
		}
	}
	return w.Render()
}

func loadedArguments(p *loaded.Probe) string {
	return arguments(&notes.Probe{Declared: p.Args != nil, Args: p.Args})
}

// enabled tells what BPF_SDT_ENABLED says of a probe.
func enabled(p *loaded.Probe) string {
	switch {
	case p.Flag == "":
		return "-"
	case p.Enabled:
		return "yes"
	}
	return "no"
}

// observers names programs and links: "watch (prog 50, link 7)".
func observers(list []loaded.Observer) string {
	var names []string
	for _, o := range list {
		what := ""
		if o.Attach != "fentry" { // which nearly all are
			what = o.Attach + ", "
		}
		names = append(names, fmt.Sprintf("%s (%sprog %d, link %d)", orDash(o.Name), what, o.Program, o.Link))
	}
	return orDash(strings.Join(names, ", "))
}
