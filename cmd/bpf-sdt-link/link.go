package main

import (
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

// Options that count for what follows them. They are taken out of the command line before the library sees it.
var (
	wholeFlag   = &cli.BoolFlag{Name: "whole-archive", Usage: "link all members of the archives that follow, needed or not"}
	noWholeFlag = &cli.BoolFlag{Name: "no-whole-archive", Usage: "end --whole-archive: of the archives that follow link what is needed"}
)

var linkFlags = []cli.Flag{
	&cli.StringFlag{Name: "output", Aliases: []string{"o"},
		Usage: "write the object to `FILE`, compressed if its name ends in .zst; '-' is standard output"},
	dependencyFlag,
	&cli.BoolFlag{Name: "no-undefined", Usage: "fail where a symbol is not defined, but for those of the kernel (__kconfig, __ksym)"},
	&cli.BoolFlag{Name: "fatal-warnings", Usage: "fail where there is a warning"},
	&cli.BoolFlag{Name: "no-gc-sections", Usage: "keep static functions that nothing calls"},
	&cli.BoolFlag{Name: "print-gc-sections", Usage: "print which functions are left out, and why"},
	wholeFlag,
	noWholeFlag,
	&cli.BoolFlag{Name: "allow-multiple-definition", Usage: "let objects define one map several times, if the definitions are the same"},
	&cli.BoolFlag{Name: "keep-weak", Usage: "keep used weak maps, and weak functions whose address is taken, weak"},
	&cli.StringSliceFlag{Name: "probes",
		Usage: "what becomes of probe sites: `HOW` is nop (default), call or strip, then ':' and names, globs and !names with commas if not all are meant; 'call,best-effort' leaves sites NOPs that cannot be calls; may be repeated, the last for a probe counts"},
	&cli.StringSliceFlag{Name: "attach", Usage: "make the sites of a probe call a function of the program: `PROBE=FUNCTION`, PROBE may be a glob; may be repeated"},
	&cli.StringFlag{Name: "stub-prefix", Usage: "put `PREFIX` before the probe's name in the name of its stub"},
	&cli.StringSliceFlag{Name: "localize", Aliases: []string{"exclude-symbol"},
		Usage: "make global functions and variables local to the output: `NAMES`, globs and !names with commas between them; may be repeated"},
	&cli.StringFlag{Name: "prefix", Usage: "put `PREFIX` before the names of local functions and variables, but for stubs"},
	&cli.StringSliceFlag{Name: "prefix-map", Usage: "let names of source files in line info that start with OLD start with NEW: `OLD=NEW`; may be repeated, the last that fits counts"},
	&cli.StringFlag{Name: "Map", Usage: "write to `FILE` what the link did: sections, who contributed what, symbols, probes, what is left out"},
	&cli.StringFlag{Name: "report", Usage: "write the same to `FILE` as a page of HTML"},
	&cli.BoolFlag{Name: "trace", Aliases: []string{"t"}, Usage: "print the name of each object that is linked"},
	&cli.StringSliceFlag{Name: "trace-symbol", Aliases: []string{"y"}, Usage: "print which objects define `SYMBOL` or refer to it; may be repeated"},
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
		AllowMultiple:   c.Bool("allow-multiple-definition"),
		Prefix:          c.String("prefix"),
		Map:             c.IsSet("Map") || c.IsSet("report"),
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
	for _, s := range c.StringSlice("localize") {
		patterns, err := linker.ParsePatterns(s)
		if err != nil {
			return opts, usagef("link", "--localize: %s", err)
		}
		opts.Localize = append(opts.Localize, patterns...)
	}
	for _, s := range c.StringSlice("prefix-map") {
		m, err := linker.ParsePrefixMap(s)
		if err != nil {
			return opts, usagef("link", "--prefix-map: %s", err)
		}
		opts.PrefixMap = append(opts.PrefixMap, m)
	}
	for _, s := range c.StringSlice("attach") {
		a, err := linker.ParseAttachment(s)
		if err != nil {
			return opts, usagef("link", "--attach: %s", err)
		}
		opts.Attach = append(opts.Attach, a)
	}
	for _, option := range []string{"stub-prefix", "prefix"} {
		if prefix := c.String(option); !identifier(prefix + "x") {
			return opts, usagef("link", "--%s: '%s' cannot start a C identifier", option, prefix)
		}
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
		Description: `Links the inputs in their order. One input is as good as many. An input can be an archive (.a), thin or
not: of its members those are linked that define what another object refers to and no object defines,
wherever the archive stands; --whole-archive links all. '@FILE' stands for the words in FILE.

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
    bpf-sdt-link -o prog.o a.o libutil.a --whole-archive libprogs.a
    bpf-sdt-link -o lib.o --localize '*,!lib_*' --prefix lib_ a.o b.o
    bpf-sdt-link -o prog.o --Map prog.map --report prog.html a.o b.o
    bpf-sdt-link -o prog.o --prefix-map "$PWD/=" a.o b.o
    bpf-sdt-link -o prog.o --trace --trace-symbol lookup a.o libutil.a
    bpf-sdt-link -o prog.o @objects.txt
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
			job, err := t.newJob(c, linkJob{command: "link", output: c.String("output"), inputs: inputs, whole: t.whole})
			if err != nil {
				return err
			}
			return t.measured(c, job)
		},
	}
}

// newJob gives a job what options say.
func (t *tool) newJob(c *cli.Context, job linkJob) (linkJob, error) {
	opts, err := linkOptions(c)
	if err != nil {
		return job, err
	}
	job.options = opts
	for i, f := range sideFiles {
		if c.IsSet(f.option) {
			job.side = append(job.side, sideFile{c.String(f.option), &sideFiles[i]})
		}
	}
	t.traceLink(c, &job)
	return job, nil
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
	command string // for usage errors
	output  string
	side    []sideFile
	inputs  []string
	objects [][]byte     // what was compiled, for inputs that are sources; nil if there are none
	deps    [][]byte     // the dependency files of the compilers
	whole   map[int]bool // the inputs, by index, of which all members are linked if they are archives
	options linker.Options
	meter   *meter // nil: one of its own
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
		inputs[i].Name, inputs[i].WholeArchive = displayName(name), job.whole[i]
		if job.objects != nil && job.objects[i] != nil {
			inputs[i].Data = job.objects[i]
		} else if name == "-" {
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
	for _, f := range job.side {
		data, err := f.kind.contents(job, res)
		if err != nil {
			return err
		}
		add := w.add
		if f.kind.inPlace {
			add = w.addInPlace
		}
		if err := add(f.name, data); err != nil {
			return err
		}
	}
	if err := w.add(job.output, out); err != nil {
		return err
	}
	return w.commit()
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
