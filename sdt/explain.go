package sdt

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"syscall"

	"github.com/cilium/ebpf"
)

// Explain tells what a kernel means that does not load an observer: it wraps the error in [ErrArity], [ErrRecursive],
// [ErrFentry] or [ErrNoProbe], which say what to do. An error that is about something else is returned as it is, and so is
// nil. What the verifier says stays a part of the error, as a [*ebpf.VerifierError].
func Explain(err error) error {
	if err == nil {
		return nil
	}
	var v *ebpf.VerifierError
	if errors.As(err, &v) && len(v.Log) > 0 {
		return explainLog(err, strings.Join(v.Log, "\n"))
	}
	// Maps are refused as well, and without rights they come first. That is nothing about fentry.
	if strings.Contains(err.Error(), "load program") && refused(err) {
		return wrap(ErrFentry, err)
	}
	return err
}

// explainAttach is Explain for an observer that is loaded.
func explainAttach(err error) error {
	switch {
	case refused(err):
		return wrap(ErrFentry, err)
	case errors.Is(err, syscall.E2BIG):
		return fmt.Errorf("the kernel takes no more observers of this probe, for it has 38: %w", err)
	}
	return err
}

func wrap(sentinel, err error) error { return fmt.Errorf("%w: %w", sentinel, err) }

// enotsupp is a kernel's own error number, which package syscall does not know.
const enotsupp = syscall.Errno(524)

func refused(err error) bool {
	return errors.Is(err, syscall.EPERM) || errors.Is(err, enotsupp) || errors.Is(err, ebpf.ErrNotSupported)
}

// texts are what kernels from 6.1 to 6.18 write into the verifier's log about an observer's target.
var texts = []struct {
	re   *regexp.Regexp
	what error
}{
	{regexp.MustCompile(`func '[^']*' doesn't have \d+-th argument`), ErrArity},
	{regexp.MustCompile(`Cannot recursively attach|Cannot nest tracing program attach more than once`), ErrRecursive},
	{regexp.MustCompile(`Can attach to only JITed progs`), ErrFentry},
	{regexp.MustCompile(`Subprog \S+ doesn't exist`), ErrNoProbe},
}

func explainLog(err error, log string) error {
	for _, t := range texts {
		if t.re.MatchString(log) {
			return wrap(t.what, err)
		}
	}
	return err
}
