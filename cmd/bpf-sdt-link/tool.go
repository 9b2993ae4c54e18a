package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"github.com/bpfsdt/bpf-sdt-link/diag"
)

// name is how the tool calls itself, whatever it was started as.
const name = "bpf-sdt-link"

// Exit statuses. Those of 'diff' are diff(1)'s: 0 equal, 1 different, 2 trouble.
const (
	exitFault = 1
	exitUsage = 2
	// exitPipe is what a shell reports for a process that SIGPIPE ended, as it ends most tools
	// whose reader has gone. The Go runtime ignores a SIGPIPE sent to itself, so the status is
	// given outright.
	exitPipe = 128 + int(syscall.SIGPIPE)
)

// tool is one run of the command.
type tool struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	globals
	whole map[int]bool // see request
}

// globals are the options that every command has.
type globals struct {
	json  bool   // --diagnostics=json
	color string // "auto", "always" or "never"
}

// run is the whole command: args[0] is the name it was started as. It returns the exit status.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	t := &tool{stdin: stdin, stdout: stdout, stderr: stderr, globals: globals{color: "auto"}}
	if len(args) < 2 && !startedAsBpftool(args) {
		fmt.Fprint(stderr, shortUsage)
		return exitUsage
	}
	if completing(args) {
		return t.finish(t.complete(args[1:]))
	}
	given := args[1:]
	args, err := expandArgs(args)
	if err != nil {
		return t.finish(err)
	}
	req, err := t.parse(args)
	t.globals, t.whole = req.globals, req.whole
	if err != nil {
		return t.finish(err)
	}
	if req.bpftool {
		return t.finish(execBpftool(given))
	}
	go pending.watchSignals() // which takes a while; who makes a file waits for it
	return t.finish(t.runApp(req.argv))
}

// runApp lets the command line library find and run the command.
func (t *tool) runApp(argv []string) error {
	out := &stickyWriter{w: t.stdout}
	app := t.app()
	keepGiven(app, argv)
	app.Writer, app.ErrWriter = out, t.stderr // help and completions go through these
	if err := app.RunContext(context.Background(), append([]string{name}, argv...)); err != nil {
		return err
	}
	return out.err
}

// finish reports err and returns the exit status that it stands for.
func (t *tool) finish(err error) int {
	var (
		usage   *usageError
		status  exitStatus
		trouble *troubleError
		out     *stdoutError
	)
	switch {
	case err == nil:
		return 0
	case errors.As(err, &status):
		return int(status)
	case errors.As(err, &out) && isBrokenPipe(err):
		return exitPipe // the reader has what it wanted: nothing to complain about
	case errors.As(err, &usage):
		t.report(usage.diagnostic(t.json))
		return exitUsage
	}
	if errors.As(err, &trouble) {
		t.report(diagnostics(trouble.err)...)
		return exitUsage
	}
	t.report(diagnostics(err)...)
	return exitFault
}

// report prints diagnostics to standard error in the form asked for.
func (t *tool) report(ds ...diag.Diagnostic) {
	if len(ds) == 0 {
		return
	}
	// There is nowhere to complain about a standard error that takes no more.
	if t.json {
		_ = diag.JSON(t.stderr, ds)
		return
	}
	_ = diag.Text(t.stderr, ds, t.coloured())
}

// coloured decides on colours: --color first, then NO_COLOR (https://no-color.org), then whether
// there is a terminal that knows them.
func (t *tool) coloured() bool {
	switch t.color {
	case "always":
		return true
	case "never":
		return false
	}
	return os.Getenv("NO_COLOR") == "" && showsEscapes(t.stderr)
}

// print writes data to standard output.
func (t *tool) print(data []byte) error {
	if _, err := t.stdout.Write(data); err != nil {
		return &stdoutError{err}
	}
	return nil
}

// stickyWriter remembers the first error, for a library that drops errors of writing.
type stickyWriter struct {
	w   io.Writer
	err error
}

func (s *stickyWriter) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	if err != nil && s.err == nil {
		s.err = &stdoutError{err}
	}
	return n, err
}

// exitStatus ends the run with a status and nothing more to say.
type exitStatus int

func (s exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// usageError is a wrong command line.
type usageError struct {
	command string // "link"; "" if it is not known
	message string
}

func usagef(command, format string, args ...any) error {
	return &usageError{command, fmt.Sprintf(format, args...)}
}

func (e *usageError) Error() string { return e.message }

func (e *usageError) diagnostic(json bool) diag.Diagnostic {
	var at diag.Place
	if !json {
		at.Object = name // there is no object, but text wants somebody who speaks
	}
	see := strings.Join(strings.Fields(name+" "+e.command+" --help"), " ")
	return diag.Errorf("usage", at, "%s", e.message).WithHint("see '%s'", see)
}

// troubleError is a fault met by a command whose status 1 means something else.
type troubleError struct{ err error }

func (e *troubleError) Error() string { return e.err.Error() }
func (e *troubleError) Unwrap() error { return e.err }

// stdoutError is a failure to write to standard output.
type stdoutError struct{ err error }

func (e *stdoutError) Error() string { return "standard output: " + e.err.Error() }
func (e *stdoutError) Unwrap() error { return e.err }

// fileError is a file that cannot be read or written.
type fileError struct {
	name string // as given on the command line
	verb string // "read" or "write"
	err  error
}

func (e *fileError) Error() string { return fmt.Sprintf("%s: cannot %s: %v", e.name, e.verb, e.err) }
func (e *fileError) Unwrap() error { return e.err }

// diagnostics makes of any error what is to be reported of it.
func diagnostics(err error) []diag.Diagnostic {
	var (
		failure *diag.Failure
		single  diag.Diagnostic
		file    *fileError
		out     *stdoutError
	)
	// Joined errors are taken apart at the top only: a cause may be joined as well.
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var ds []diag.Diagnostic
		for _, e := range many.Unwrap() {
			ds = append(ds, diagnostics(e)...)
		}
		return ds
	}
	switch {
	case errors.As(err, &failure):
		return failure.Diagnostics
	case errors.As(err, &single):
		return []diag.Diagnostic{single}
	case errors.As(err, &file):
		return []diag.Diagnostic{diag.Errorf("io", diag.Place{Object: file.name}, "cannot %s: %s", file.verb, cause(file.err))}
	case errors.As(err, &out):
		return []diag.Diagnostic{diag.Errorf("io", diag.Place{Object: stdoutName}, "cannot write: %s", cause(out.err))}
	}
	return []diag.Diagnostic{diag.Errorf("io", diag.Place{}, "%v", err)}
}

// cause is the text of err without the operation and the path: the message names the file
// already, and the path may be that of a temporary one.
func cause(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	var link *os.LinkError
	if errors.As(err, &link) {
		return link.Err.Error()
	}
	return err.Error()
}
