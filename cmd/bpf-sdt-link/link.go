package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/bpfsdt/bpf-sdt-link/linker"
	"github.com/bpfsdt/bpf-sdt-link/object"
)

var dependencyFlag = &cli.StringFlag{Name: "dependency-file",
	Usage: "write the dependencies of the output to `FILE`, as a rule for make and ninja"}

var linkFlags = []cli.Flag{
	&cli.StringFlag{Name: "output", Aliases: []string{"o"},
		Usage: "write the object to `FILE`, compressed if its name ends in .zst; '-' is standard output"},
	dependencyFlag,
	&cli.BoolFlag{Name: "no-undefined", Usage: "fail where a symbol is not defined, but for those of the kernel (__kconfig, __ksym)"},
	&cli.BoolFlag{Name: "fatal-warnings", Usage: "fail where there is a warning"},
	&cli.BoolFlag{Name: "no-gc-sections", Usage: "keep static functions that nothing calls"},
	&cli.BoolFlag{Name: "keep-weak", Usage: "keep used weak maps, and weak functions whose address is taken, weak"},
	&cli.StringSliceFlag{Name: "probes",
		Usage: "what becomes of probe sites: `HOW` is nop (default), call or strip, then ':' and names, globs and !names with commas if not all are meant; 'call,best-effort' leaves sites NOPs that cannot be calls; may be repeated, the last for a probe counts"},
	&cli.StringSliceFlag{Name: "attach", Usage: "make the sites of a probe call a function of the program: `PROBE=FUNCTION`, PROBE may be a glob; may be repeated"},
	&cli.StringFlag{Name: "stub-prefix", Usage: "put `PREFIX` before the probe's name in the name of its stub"},
	&cli.BoolFlag{Name: "fentry-observers", Usage: "turn the sections 'bpf_sdt' and 'bpf_sdt/NAME' of observers into 'fentry' and 'fentry/NAME'"},
}

// linkOptions are the options of a link that flags give.
func linkOptions(c *cli.Context) (linker.Options, error) {
	opts := linker.Options{
		NoUndefined:     c.Bool("no-undefined"),
		FatalWarnings:   c.Bool("fatal-warnings"),
		KeepUnreachable: c.Bool("no-gc-sections"),
		KeepWeak:        c.Bool("keep-weak"),
		StubPrefix:      c.String("stub-prefix"),
		Observers:       c.Bool("fentry-observers"),
		Threads:         c.Int("threads"),
	}
	if c.IsSet("threads") && opts.Threads < 1 {
		return opts, usagef("link", "--threads is 1 or more, not %d", opts.Threads)
	}
	for _, s := range c.StringSlice("probes") {
		r, err := linker.ParseProbeRule(s)
		if err != nil {
			return opts, usagef("link", "--probes: %s", err)
		}
		opts.Probes = append(opts.Probes, r)
	}
	for _, s := range c.StringSlice("attach") {
		a, err := linker.ParseAttachment(s)
		if err != nil {
			return opts, usagef("link", "--attach: %s", err)
		}
		opts.Attach = append(opts.Attach, a)
	}
	if !identifier(opts.StubPrefix + "x") {
		return opts, usagef("link", "--stub-prefix: '%s' cannot start a C identifier", opts.StubPrefix)
	}
	return opts, nil
}

// identifier reports whether a word is a C identifier.
func identifier(s string) bool {
	for i, r := range s {
		switch {
		case r == '_', r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', i > 0 && r >= '0' && r <= '9':
		default:
			return false
		}
	}
	return s != ""
}

func (t *tool) linkCommand() *cli.Command {
	return &cli.Command{
		Name:      "link",
		Usage:     "link objects into one (what is done without a command)",
		UsageText: "bpf-sdt-link [link] [OPTION]... -o OUT IN...",
		Description: `Links the inputs in their order. One input is as good as many.

The output appears whole or not at all: it is written to a temporary file in its folder, which then
takes its name. It may be one of the inputs. If it is a symbolic link, the file behind it is replaced;
a device or a pipe is written to. All faults of a link are reported in one run.

The dependency file has one rule for the output and an empty one for each input, so that a deleted
input does not stop make. Standard input is not listed.

Functions that cannot run are left out: bodies of weak functions that another object overrides, and
static functions in .text that nothing calls and no data points to. The attribute 'used' leaves no
mark in an object and does not keep a function; 'retain' does, and so does --no-gc-sections.

cilium/ebpf does not load a program that uses a weak map or the address of a weak function. So these
become global, which means that no later link can override them; --keep-weak leaves them weak.

Probe sites stay NOPs, unless --probes or --attach says otherwise. --probes=call makes each site a call
of a function of the probe's name, which an fentry program can observe on today's kernels; --attach
makes it call a function of the program. A site that cannot be a call is an error, with the reason.

Examples:

    bpf-sdt-link -o prog.o a.o b.o
    bpf-sdt-link -o prog.o --probes=call a.o b.o
    bpf-sdt-link -o prog.o --probes=call:net_*,!net_debug --probes=strip:debug_* a.o b.o
    bpf-sdt-link -o prog.o --attach drops=count_drop a.o b.o
    bpf-sdt-link -o observer.o --fentry-observers observer.bpf.o
    bpf-sdt-link -o prog.o --no-undefined --fatal-warnings a.o b.o
    bpf-sdt-link link -o prog.o.zst a.o.zst b.o.zst
    bpf-sdt-link -o prog.o --dependency-file prog.d a.o b.o
    clang -O2 -g -target bpf -c a.c -o - | bpf-sdt-link -o - - b.o > prog.o
`,
		Flags: slices.Concat(linkFlags, measureFlags),
		Action: func(c *cli.Context) error {
			inputs := c.Args().Slice()
			switch {
			case !c.IsSet("output"):
				return usagef("link", "no output is given: say where to with -o FILE")
			case len(inputs) == 0:
				return usagef("link", "no inputs are given")
			}
			opts, err := linkOptions(c)
			if err != nil {
				return err
			}
			job := linkJob{command: "link", output: c.String("output"), depfile: c.String("dependency-file"), wantDeps: c.IsSet("dependency-file"), inputs: inputs, options: opts}
			return t.measured(c, job)
		},
	}
}

// measured links, and says where the time went if somebody asks.
func (t *tool) measured(c *cli.Context, job linkJob) error {
	stop := func() error { return nil }
	if c.IsSet("cpuprofile") {
		name := c.String("cpuprofile")
		if name == "" {
			return usagef(job.command, "the profile's name is empty")
		}
		var err error
		if stop, err = profile(name); err != nil {
			return err
		}
	}
	job.meter = t.newMeter()
	defer job.meter.hide()
	err := t.link(c.Context, job)
	job.meter.enter("")
	if err == nil && c.Bool("time-phases") {
		job.meter.report(t)
	}
	return errors.Join(err, stop())
}

// linkJob is what to link.
type linkJob struct {
	command  string // for usage errors
	output   string
	depfile  string // "" if none
	wantDeps bool
	inputs   []string
	options  linker.Options
	meter    *meter // nil: one of its own
}

// link links inputs and writes the output and the dependency file, or neither.
func (t *tool) link(ctx context.Context, job linkJob) error {
	if err := t.checkJob(job); err != nil {
		return err
	}
	if err := checkInputs(job.command, job.inputs); err != nil {
		return err
	}
	inputs := make([]linker.Input, len(job.inputs))
	for i, name := range job.inputs {
		inputs[i].Name = displayName(name)
		if name == "-" {
			var err error
			if inputs[i].Data, err = t.read(name); err != nil {
				return err
			}
		}
	}
	tuneCollector()
	job.options.Output, job.options.Unjoined = job.output, true
	m := job.meter
	if m == nil {
		m = t.newMeter()
	}
	job.options.Progress = m.progress
	res, err := linker.Link(ctx, inputs, job.options)
	m.hide()
	m.enter("write")
	if err != nil {
		return err
	}
	t.report(res.Diagnostics...)

	var out io.WriterTo = res
	if strings.HasSuffix(job.output, ".zst") {
		out = object.Compressor{Of: res}
	}
	w := t.newWrites()
	defer w.discard()
	// The object comes last: should anything go wrong before, then the old one stands.
	if job.wantDeps {
		if err := w.add(job.depfile, bytes.NewReader(dependencies(job.output, job.inputs))); err != nil {
			return err
		}
	}
	if err := w.add(job.output, out); err != nil {
		return err
	}
	return w.commit()
}

// checkJob finds what is wrong with names before any work is done.
func (t *tool) checkJob(job linkJob) error {
	switch {
	case job.output == "":
		return usagef(job.command, "the output's name is empty")
	case isStdout(job.output) && isTerminal(t.stdout):
		return usagef(job.command, "an object is not written to a terminal: redirect standard output, or name a file with -o")
	case !job.wantDeps:
		return nil
	case job.depfile == "":
		return usagef(job.command, "the dependency file's name is empty")
	case isStdout(job.output):
		return usagef(job.command, "a dependency file needs an output with a name, not standard output")
	case sameFile(job.depfile, job.output):
		return usagef(job.command, "'%s' cannot be the output and the dependency file", job.output)
	}
	for _, in := range append([]string{job.output}, job.inputs...) {
		if !quotable(in, isStdout(job.depfile)) {
			return usagef(job.command, "a dependency file cannot hold the name %q", in)
		}
		if in != "-" && in != job.output && sameFile(job.depfile, in) {
			return usagef(job.command, "'%s' cannot be an input and the dependency file", in)
		}
	}
	return nil
}

// sameFile reports whether two names stand for one regular file, there or yet to be made.
func sameFile(a, b string) bool {
	fa, errA := os.Stat(a)
	fb, errB := os.Stat(b)
	if errA != nil || errB != nil {
		return filepath.Clean(a) == filepath.Clean(b)
	}
	return os.SameFile(fa, fb) && fa.Mode().IsRegular()
}
