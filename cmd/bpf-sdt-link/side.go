package main

import (
	"bytes"
	"io"

	"github.com/bpfsdt/bpf-sdt-link/linker"
)

// sideKind is a kind of file that a link can write beside the object.
type sideKind struct {
	option, what string // what: in messages
	contents     func(job linkJob, res *linker.Result) (io.WriterTo, error)
	inPlace      bool // a file that is there is written over
}

func (k *sideKind) isDeps() bool { return k.option == dependencyFlag.Name }

// sideFile is such a file.
type sideFile struct {
	name string
	kind *sideKind
}

// sideFiles are the kinds. The dependency file is the first.
var sideFiles = []sideKind{
	{option: dependencyFlag.Name, what: "dependency file", contents: func(job linkJob, res *linker.Result) (io.WriterTo, error) {
		return bytes.NewReader(dependencies(job.output, res.Files)), checkQuotable(job, res.Files)
	}},
	{option: "Map", what: "map", contents: func(_ linkJob, res *linker.Result) (io.WriterTo, error) {
		return written(res.Map.WriteText)
	}},
	{option: "report", what: "report", contents: func(_ linkJob, res *linker.Result) (io.WriterTo, error) {
		return written(res.Map.WriteHTML)
	}},
}

// written returns what a function writes.
func written(write func(io.Writer) error) (io.WriterTo, error) {
	var b bytes.Buffer
	err := write(&b)
	return &b, err
}

// checkJob finds what is wrong with names before any work is done.
func (t *tool) checkJob(job linkJob) error {
	switch {
	case job.output == "":
		return usagef(job.command, "the output's name is empty")
	case isStdout(job.output) && isTerminal(t.stdout):
		return usagef(job.command, "an object is not written to a terminal: redirect standard output, or name a file with -o")
	}
	for i, f := range job.side {
		if err := checkSide(job, i); err != nil {
			return err
		}
		if !f.kind.isDeps() {
			continue
		}
		if isStdout(job.output) {
			return usagef(job.command, "a dependency file needs an output with a name, not standard output")
		}
		if err := checkQuotable(job, job.inputs); err != nil {
			return err
		}
	}
	return nil
}

// checkSide refuses a file that is another one of the link as well.
func checkSide(job linkJob, i int) error {
	f := job.side[i]
	what := f.kind.what
	switch {
	case f.name == "":
		return usagef(job.command, "the %s's name is empty", what)
	case sameOutput(f.name, job.output):
		return usagef(job.command, "'%s' cannot be the output and the %s", job.output, what)
	}
	for _, other := range job.side[:i] {
		if sameOutput(f.name, other.name) {
			return usagef(job.command, "'%s' cannot be the %s and the %s", f.name, other.kind.what, what)
		}
	}
	for _, in := range job.inputs {
		if in != "-" && in != job.output && sameFile(f.name, in) {
			return usagef(job.command, "'%s' cannot be an input and the %s", in, what)
		}
	}
	return nil
}

// checkQuotable refuses names that a dependency file cannot hold.
func checkQuotable(job linkJob, inputs []string) error {
	shown := false
	for _, f := range job.side {
		shown = shown || f.kind.isDeps() && isStdout(f.name)
	}
	for _, in := range append([]string{job.output}, inputs...) {
		if !quotable(in, shown) {
			return usagef(job.command, "a dependency file cannot hold the name %q", in)
		}
	}
	return nil
}

// sameOutput reports whether two outputs are one file, or both standard output.
func sameOutput(a, b string) bool {
	return isStdout(a) && isStdout(b) || sameFile(a, b)
}
