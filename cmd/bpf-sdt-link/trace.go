package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/linker"
)

// traceLink has a link print what the options ask for. That goes to standard output, unless a file goes there.
func (t *tool) traceLink(c *cli.Context, job *linkJob) {
	inputs, symbols, removed := c.Bool("trace"), c.StringSlice("trace-symbol"), c.Bool("print-gc-sections")
	if !inputs && len(symbols) == 0 && !removed {
		return
	}
	out := t.stdout
	if isStdout(job.output) {
		out = t.stderr
	}
	for _, f := range job.side {
		if isStdout(f.name) {
			out = t.stderr
		}
	}
	job.options.TraceSymbols = symbols
	job.options.Trace = func(e linker.Event) {
		switch {
		case e.Kind == linker.EventInput && inputs:
			fmt.Fprintln(out, diag.Printable(e.Place.Object))
		case e.Kind == linker.EventSymbol:
			of := "of"
			if strings.HasSuffix(e.What, "reference") {
				of = "to"
			}
			printEvent(out, e.Place, "%s %s '%s'", e.What, of, e.Symbol)
		case e.Kind == linker.EventRemoved && removed:
			printEvent(out, e.Place, "removing function '%s' of %d bytes: %s", e.Symbol, e.Size, e.What)
		}
	}
}

// printEvent prints a line: the object, the text, and where in the object and the source that is.
func printEvent(out io.Writer, at diag.Place, format string, args ...any) {
	line := at.Object + ": " + fmt.Sprintf(format, args...)
	where := at.Section
	if at.HasOffset {
		where = fmt.Sprintf("%s+%#x", at.Section, at.Offset)
	}
	if src := at.Source(); src != "" {
		where += ", " + src
	}
	if where != "" {
		line += " (" + where + ")"
	}
	fmt.Fprintln(out, diag.Printable(line))
}
