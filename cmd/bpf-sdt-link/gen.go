package main

import (
	"bytes"
	"errors"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/bpfsdt/bpf-sdt-link/diag"
)

var genObjectFlags = append(slices.Clone(bpftoolFlags), dependencyFlag)

func (t *tool) genCommand() *cli.Command {
	return &cli.Command{
		Name:      "gen",
		Usage:     "bpftool's words; 'gen object OUT IN...' is done here",
		UsageText: "bpf-sdt-link gen object [OPTION]... OUT IN...\nbpf-sdt-link gen BPFTOOL-SUBCOMMAND...",
		Description: `All subcommands but 'object' are handed to the bpftool that $BPF_SDT_BPFTOOL or PATH gives.

Examples:

    bpf-sdt-link gen object prog.o a.o b.o
    bpf-sdt-link gen skeleton prog.o name prog > prog.skel.h
`,
		Subcommands: []*cli.Command{{
			Name:      "object",
			Usage:     "link objects into one, in bpftool's words",
			UsageText: "bpf-sdt-link [BPFTOOL-OPTION]... gen object [OPTION]... OUT IN...",
			Description: `As 'bpf-sdt-link link -o OUT IN...'. bpftool's options are taken; those that say nothing about a
link (-d, -L, -f, -m, -n, ...) are ignored.

Examples:

    bpf-sdt-link gen object prog.o a.o b.o
    bpf-sdt-link -j gen object prog.o a.o b.o
`,
			Flags:  genObjectFlags,
			Action: t.genObject,
		}},
	}
}

func (t *tool) genObject(c *cli.Context) error {
	args := c.Args().Slice()
	var err error
	if len(args) < 2 {
		err = usagef("gen object", "an output and at least one input are needed, in this order")
	} else {
		job := linkJob{command: "gen object", output: args[0], inputs: args[1:]}
		if c.IsSet("dependency-file") {
			job.side = []sideFile{{c.String("dependency-file"), &sideFiles[0]}}
		}
		err = t.link(c.Context, job)
	}
	// An error on standard output would be taken for the object if that goes there too.
	if err == nil || !c.Bool("json") && !c.Bool("pretty") || len(args) > 0 && isStdout(args[0]) {
		return err
	}
	return errors.Join(err, t.printBpftoolError(err, c.Bool("pretty")))
}

// printBpftoolError prints err to standard output in the form that 'bpftool -j' gives an error.
func (t *tool) printBpftoolError(err error, pretty bool) error {
	var usage *usageError
	text := ""
	if errors.As(err, &usage) {
		text = usage.message
	} else {
		f := diag.Failure{Diagnostics: diagnostics(err)}
		text = f.Error()
	}
	indent := ""
	if pretty {
		indent = "    "
	}
	var b bytes.Buffer
	if err := diag.EncodeJSON(&b, map[string]string{"error": text}, indent); err != nil {
		return err
	}
	return t.print(b.Bytes())
}
