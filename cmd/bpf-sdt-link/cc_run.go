package main

import (
	"bytes"
	"context"
	"io"
	"os/exec"
	"slices"
	"syscall"
)

// ccRun is one run of a compiler.
type ccRun struct {
	compiler, args []string
	stdin          io.Reader // nil: nothing to read
	stdout, stderr bytes.Buffer
	err            error
}

// runCompilers runs compilers side by side, some at a time. What they print comes in their order. All are run to their
// ends even if one fails; then the first that failed gives the error.
func (t *tool) runCompilers(ctx context.Context, runs []*ccRun, threads int) error {
	if len(runs) == 1 { // which then knows whether it prints to a terminal
		r := runs[0]
		return r.run(ctx, t.stdout, t.stderr)
	}
	done := make([]chan struct{}, len(runs))
	for i := range runs {
		done[i] = make(chan struct{})
	}
	next := make(chan int)
	go func() {
		for i := range runs {
			next <- i
		}
		close(next)
	}()
	for range min(threads, len(runs)) {
		go func() {
			for i := range next {
				runs[i].err = runs[i].run(ctx, &runs[i].stdout, &runs[i].stderr)
				close(done[i])
			}
		}()
	}
	var first error
	for i, r := range runs {
		<-done[i]
		_, _ = t.stderr.Write(r.stderr.Bytes())
		if err := t.print(r.stdout.Bytes()); err != nil && r.err == nil {
			r.err = err
		}
		if first == nil {
			first = r.err
		}
	}
	return first
}

// run runs the compiler. If it fails, it has said why, and the error is its exit status.
func (r *ccRun) run(ctx context.Context, stdout, stderr io.Writer) error {
	argv := slices.Concat(r.compiler, r.args)
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = r.stdin, stdout, stderr
	err := pending.run(cmd)
	switch exit, ok := err.(*exec.ExitError); {
	case ok && exit.ExitCode() >= 0:
		return exitStatus(exit.ExitCode())
	case ok:
		if s, ok := exit.Sys().(syscall.WaitStatus); ok && s.Signaled() {
			return exitStatus(128 + int(s.Signal()))
		}
	}
	if err != nil {
		return &fileError{argv[0], "run", unwrapExec(err)}
	}
	return nil
}

// unwrapExec leaves out the name of the program, which the message has already.
func unwrapExec(err error) error {
	if e, ok := err.(*exec.Error); ok {
		return e.Err
	}
	return err
}
