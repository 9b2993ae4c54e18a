package main

import (
	"context"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// ccFlags are the options of a link that a compiler's command line may hold, as -Wl,OPTION. Where the output and its
// dependencies go the compiler's own options say. --whole-archive is for what follows: it is taken with the files.
var ccFlags = slices.DeleteFunc(slices.Concat(linkFlags, measureFlags), func(f cli.Flag) bool {
	return names(f)[0] == "output" || f == cli.Flag(dependencyFlag) || f == cli.Flag(wholeFlag) || f == cli.Flag(noWholeFlag)
})

func (t *tool) ccCommand() *cli.Command {
	return &cli.Command{
		Name:      "cc",
		Usage:     "run a C compiler on each source, and link what comes out",
		UsageText: "bpf-sdt-link cc COMPILER [ARGUMENT]...",
		Description: `For a build system that makes an object with one call of a compiler. COMPILER is run with its arguments
once for each C source among them, and the objects are linked into the output that -o names, in the order
of the sources. Objects and archives among the arguments are linked too. One source is as good as many.

Options of a link stand after -Wl, with commas between them, or after -Xlinker, one each; they are those
below. A word that does not start with '-' goes on with the one before it, as in
-Wl,--probes=call:net_*,!net_debug.

-MD and -MMD write one dependency file for all sources. The sources are compiled side by side
(-Wl,--threads=N: N at most); what the compilers print comes in the order of the sources. A compiler
that fails gives its exit status.

A command line that is not to make an object (-E, -S, -M, -fsyntax-only, --version, ...), that has -c and
no -o, or that names no file, goes to the compiler as it is. If COMPILER is ccache or its like (sccache,
distcc, icecc), the compiler is the next word.

Examples:

    bpf-sdt-link cc clang -O2 -g -target bpf -c a.c b.c -o prog.o
    bpf-sdt-link cc clang -O2 -g -target bpf -Wl,--probes=call,--no-undefined -c a.c b.c -o prog.o
    BPF2GO_CC="bpf-sdt-link cc clang" go generate
`,
		Flags: ccFlags,
		Action: func(c *cli.Context) error {
			line, err := parseCC(c.Args().Slice())
			if err != nil {
				return err
			}
			if line.through {
				return t.compileThrough(c.Context, line)
			}
			job, err := t.newJob(c, linkJob{command: "cc", output: line.output, inputs: line.names(), whole: line.whole()})
			if err != nil {
				return err
			}
			if line.wantDeps {
				job.side = append(job.side, sideFile{line.depfile, &ccDeps})
			}
			// Before the compilers run, who may take minutes.
			if err := t.checkJob(job); err != nil {
				return err
			}
			if err := checkInputs(job.command, job.inputs); err != nil {
				return err
			}
			if err := t.compile(c.Context, line, &job); err != nil {
				return err
			}
			return t.measured(c, job)
		},
	}
}

// These count for the archives that follow.
const wholeArchive, noWholeArchive = "--whole-archive", "--no-whole-archive"

// sortCC makes the request for the command cc from what follows its name: options of the link come to the front, where
// the library sees them, and all else is the compiler's.
func (t *tool) sortCC(args []string) (request, error) {
	req := request{globals: t.globals}
	switch {
	case len(args) == 0:
		return req, usagef("cc", "no compiler is given")
	case args[0] == "-h" || args[0] == "--help":
		req.argv = []string{"cc", "--help"}
		return req, nil
	case args[0] == "" || strings.HasPrefix(args[0], "-"):
		return req, usagef("cc", "the compiler's name comes first, not '%s'", args[0])
	}
	options, rest, err := takeLinkOptions(args)
	if err != nil {
		return req, err
	}
	if req, err = t.sort([]string{"cc"}, ccFlags, options); err != nil || !slices.Contains(req.argv, "--") {
		return req, err
	}
	if req.argv[len(req.argv)-1] != "--" {
		return req, usagef("cc", "'%s' is no option of a link", req.argv[len(req.argv)-1])
	}
	req.argv = append(req.argv, rest...)
	return req, nil
}

// takeLinkOptions divides a compiler's arguments into options of the link, which stand after -Wl, and -Xlinker, and the
// rest.
func takeLinkOptions(args []string) (options, rest []string, err error) {
	add := func(words ...string) {
		for _, w := range words {
			if w == wholeArchive || w == noWholeArchive {
				rest = append(rest, "-Wl,"+w)
			} else {
				options = append(options, w)
			}
		}
	}
	for i := 0; i < len(args); i++ {
		a := args[i]
		words, ok := strings.CutPrefix(a, "-Wl,")
		switch {
		case a == "--":
			return options, append(rest, args[i:]...), nil
		case ok:
			add(splitLinkWords(words)...)
		case a == "-Xlinker" && i+1 == len(args):
			return nil, nil, usagef("cc", "option -Xlinker needs a value")
		case a == "-Xlinker":
			i++
			add(args[i])
		case takesNext[a] && i+1 < len(args):
			rest = append(rest, a, args[i+1])
			i++
		default:
			rest = append(rest, a)
		}
	}
	return options, rest, nil
}

// splitLinkWords splits what follows -Wl, at its commas. Rules for probes have commas of their own: a word that is no
// option goes on with the value before it.
func splitLinkWords(s string) (words []string) {
	for w := range strings.SplitSeq(s, ",") {
		last := len(words) - 1
		switch {
		case last < 0 || strings.HasPrefix(w, "-"):
			words = append(words, w)
		case strings.HasPrefix(words[last], "-") && !strings.Contains(words[last], "="):
			words[last] += "=" + w
		default:
			words[last] += "," + w
		}
	}
	return words
}

// compile compiles the sources of a line, and gives the job the objects and the dependency file.
func (t *tool) compile(ctx context.Context, line ccLine, job *linkJob) error {
	dir, err := pending.createDir()
	if err != nil {
		return err
	}
	defer pending.remove(dir)
	var runs []*ccRun
	for i, in := range line.inputs {
		if in.object {
			continue
		}
		r := &ccRun{compiler: line.compiler, args: line.compilation(in, ccTemp(dir, i))}
		if in.name == "-" {
			r.stdin = t.stdin
		}
		runs = append(runs, r)
	}
	threads := job.options.Threads
	if threads < 1 {
		threads = runtime.GOMAXPROCS(0)
	}
	if err := t.runCompilers(ctx, runs, threads); err != nil {
		return err
	}
	job.objects = make([][]byte, len(line.inputs))
	for i, in := range line.inputs {
		if in.object {
			continue
		}
		base := ccTemp(dir, i)
		if job.objects[i], err = os.ReadFile(base + ".o"); err != nil {
			return &fileError{displayName(in.name), "read its object", err}
		}
		if !line.wantDeps {
			continue
		}
		text, err := os.ReadFile(base + ".d")
		if err != nil {
			return &fileError{displayName(in.name), "read its dependencies", err}
		}
		job.deps = append(job.deps, text)
	}
	return nil
}

// compileThrough runs the compiler on a line that is its own matter.
func (t *tool) compileThrough(ctx context.Context, line ccLine) error {
	return t.runCompilers(ctx, []*ccRun{{compiler: line.compiler, args: line.args, stdin: t.stdin}}, 1)
}
