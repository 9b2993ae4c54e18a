package main

import (
	"errors"

	"github.com/urfave/cli/v2"

	"github.com/bpfsdt/bpf-sdt-link/golden"
)

func (t *tool) dumpCommand() *cli.Command {
	return &cli.Command{
		Name:      "dump",
		Usage:     "print an object as text, by meaning",
		UsageText: "bpf-sdt-link dump [OPTION]... FILE",
		Description: `Prints the canonical text of an object: sections, symbols, code with its relocations by name, BTF by
meaning, source lines, probes. What moves without a change of meaning (BTF ids, file offsets) is not in it.

Examples:

    bpf-sdt-link dump prog.o
    bpf-sdt-link link -o - a.o b.o | bpf-sdt-link dump -
`,
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return usagef("dump", "one object is needed, %d are given", c.NArg())
			}
			text, err := t.dump(c.Args().First())
			if err != nil {
				return err
			}
			return t.print([]byte(text))
		},
	}
}

func (t *tool) diffCommand() *cli.Command {
	return &cli.Command{
		Name:      "diff",
		Usage:     "compare two objects by meaning",
		UsageText: "bpf-sdt-link diff [OPTION]... A B",
		Description: `Compares the canonical texts of two objects (see 'dump') and prints a unified diff. Exit status: 0 they
are equal, 1 they differ, 2 trouble.

Examples:

    bpf-sdt-link diff old.o new.o
    bpf-sdt-link diff old.o new.o > /dev/null && echo no change of meaning
`,
		Action: func(c *cli.Context) error {
			if c.NArg() != 2 {
				return usagef("diff", "two objects are needed, %d are given", c.NArg())
			}
			a, b := c.Args().Get(0), c.Args().Get(1)
			if err := checkInputs("diff", []string{a, b}); err != nil {
				return err
			}
			textA, errA := t.dump(a)
			textB, errB := t.dump(b)
			if err := errors.Join(errA, errB); err != nil {
				return &troubleError{err}
			}
			diff := golden.Diff(displayName(a), textA, displayName(b), textB)
			if diff == "" {
				return nil
			}
			if err := t.print([]byte(diff)); err != nil {
				return &troubleError{err}
			}
			return exitStatus(exitFault)
		},
	}
}

// dump returns the canonical text of an input.
func (t *tool) dump(arg string) (string, error) {
	if err := checkInputs("dump", []string{arg}); err != nil {
		return "", err
	}
	data, err := t.readObject(arg)
	if err != nil {
		return "", err
	}
	return golden.Dump(displayName(arg), data)
}
