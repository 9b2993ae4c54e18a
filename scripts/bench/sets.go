package main

import (
	"fmt"
	"os"
	"strings"
)

var defaultSets = []string{"tiny", "typical", "unique", "c-50", "c-200", "c-800", "d-50", "d-200", "d-800", "tiny-sdt", "typical-sdt", "c-200-sdt", "d-200-sdt"}

// What the linker is to reach: its CPU time over bpftool's, and its memory over bpftool's.
var (
	timeTargets   = map[string]float64{"c-200": 0.25, "c-800": 0.15, "d-200": 0.05, "d-800": 0.01, "unique": 0.6, "typical": 0.6, "tiny": 1.5}
	memoryTargets = map[string]float64{"c-200": 1.5, "c-800": 1.5, "d-200": 1.5}
)

// row is a set, and what the tools took for it.
type row struct {
	set
	Ours   *sample `json:"ours"`
	Theirs *sample `json:"bpftool,omitempty"`
	Plain  *sample `json:"ours_without_probes,omitempty"` // of a set with probes, which bpftool refuses
	Note   string  `json:"note,omitempty"`
}

func (b *bench) compare(name string) (row, error) {
	s, dir, inputs, err := b.prepare(name)
	if err != nil {
		return row{}, err
	}
	r := row{set: s}
	plain, probes := strings.CutSuffix(name, "-sdt")
	if probes {
		_, plainDir, _, err := b.prepare(plain)
		if err != nil {
			return row{}, err
		}
		out, errs := b.pair([]link{b.ours(dir, inputs), b.ours(plainDir, inputs)})
		r.Ours, r.Plain = out[0], out[1]
		b.progress(r)
		return r, firstError(errs)
	}
	out, errs := b.pair([]link{b.ours(dir, inputs), b.theirs(dir, inputs)})
	r.Ours, r.Theirs = out[0], out[1]
	if errs[1] != nil {
		r.Note = "bpftool: " + firstLine(errs[1])
	}
	b.progress(r)
	return r, errs[0]
}

// progress goes to standard error while the table is not there.
func (b *bench) progress(r row) {
	fmt.Fprintf(os.Stderr, "%-14s", r.Name)
	for _, s := range []*sample{r.Ours, r.Theirs, r.Plain} {
		if s != nil {
			fmt.Fprintf(os.Stderr, "  %8.4f s %8.4f s CPU %6.1f MiB", s.Seconds, s.CPU, s.MiB)
		} else {
			fmt.Fprint(os.Stderr, "  -")
		}
	}
	fmt.Fprintln(os.Stderr, " ", r.Note)
}

func firstError(errs []error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// floor is what a process costs that does nothing: the command true, an empty Go program, and the linker's help.
type floor struct {
	True  sample `json:"true"`
	Empty sample `json:"empty_go_program"`
	Start sample `json:"version"`
}

func (b *bench) floor() (f floor, err error) {
	for _, c := range []struct {
		to      *sample
		command []string
	}{{&f.True, []string{"/bin/true"}}, {&f.Empty, []string{b.launch}}, {&f.Start, []string{b.tool, "--version"}}} {
		if *c.to, err = b.median(4*b.rounds, "", c.command...); err != nil {
			return f, err
		}
	}
	return f, nil
}
