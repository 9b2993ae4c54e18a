package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/notes"
)

// probesTable shows probes to people: a row for each site, and one for a probe without any.
func probesTable(objects []inspected) string {
	var b strings.Builder
	for i, o := range objects {
		if o.unreadable {
			continue
		}
		if len(objects) > 1 {
			if i > 0 && b.Len() > 0 {
				b.WriteByte('\n')
			}
			fmt.Fprintf(&b, "%s:\n", diag.Printable(o.name))
		}
		if len(o.probes) == 0 {
			b.WriteString("no probes\n")
			continue
		}
		b.WriteString(objectTable(o.probes) + "\n")
	}
	return b.String()
}

// newTable starts a table without lines, so that it is good for grep and awk as well.
func newTable(header table.Row) table.Writer {
	w := table.NewWriter()
	style := table.StyleDefault
	style.Options = table.OptionsNoBordersAndSeparators
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	w.SetStyle(style)
	w.SuppressTrailingSpaces()
	w.AppendHeader(header)
	return w
}

func objectTable(probes []notes.Probe) string {
	header := table.Row{"probe", "arguments", "function", "section", "insn", "source", "registers", "linked"}
	flags := slices.ContainsFunc(probes, func(p notes.Probe) bool { return p.Flag != "" })
	if flags {
		header = append(header, "flag")
	}
	w := newTable(header)
	for i := range probes {
		p := &probes[i]
		row := func(cells ...string) {
			cells = append([]string{p.Name, arguments(p)}, cells...)
			if flags {
				cells = append(cells, orDash(p.Flag))
			}
			appendRow(w, cells)
		}
		if len(p.Sites) == 0 {
			row("(no site)", "-", "-", "-", "-", "-")
		}
		for j := range p.Sites {
			s := &p.Sites[j]
			row(function(s), s.Section, strconv.FormatUint(s.Insn(), 10), source(s), orDash(strings.Join(registers(s), ", ")), linked(s))
		}
	}
	return w.Render()
}

// linked tells what a site is: a NOP, a call of the stub that observers attach to, or a call of the user's function.
func linked(s *notes.Site) string {
	if s.Linked == notes.LinkedNop {
		return s.Linked.String()
	}
	return s.Linked.String() + " " + s.Callee
}

func appendRow(w table.Writer, cells []string) {
	row := make(table.Row, len(cells))
	for i, c := range cells {
		row[i] = diag.Printable(c)
	}
	w.AppendRow(row)
}

// arguments is the parameter list of a probe: "(int, struct xdp_md *)".
func arguments(p *notes.Probe) string {
	if !p.Declared {
		return "(not declared)"
	}
	var types []string
	for _, a := range p.Args {
		types = append(types, a.Type)
	}
	if len(types) == 0 {
		types = []string{"void"}
	}
	return "(" + strings.Join(types, ", ") + ")"
}

// function names the function of a site, and the programs that it runs in if they are others.
func function(s *notes.Site) string {
	if len(s.Programs) == 0 || len(s.Programs) == 1 && s.Programs[0] == s.Function {
		return orDash(s.Function)
	}
	return orDash(s.Function) + " in " + strings.Join(s.Programs, ", ")
}

func source(s *notes.Site) string {
	switch {
	case s.File == "":
		return "-"
	case s.Line == 0:
		return s.File
	}
	return fmt.Sprintf("%s:%d", s.File, s.Line)
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
