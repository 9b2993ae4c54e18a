package lower

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bpfsdt/bpf-sdt-link/code"
)

// chain is functions f1 to fn that call each other in a row, each with a frame; the last has a probe with two registers
// live over it, and r6 to r9 as well.
func chain(n, frame int) (funcs []testFunc) {
	funcs = append(funcs, fn("main", Main, 1, fmt.Sprintf("*8(r10-%d) = r1", frame), "call f1", "exit"))
	for i := 1; i < n; i++ {
		funcs = append(funcs, sub(fmt.Sprintf("f%d", i), fmt.Sprintf("*8(r10-%d) = r1", frame), fmt.Sprintf("call f%d", i+1), "exit"))
	}
	return append(funcs, sub(fmt.Sprintf("f%d", n), fmt.Sprintf("*8(r10-%d) = r1", frame),
		"r6 = 6", "r7 = 7", "r8 = 8", "r9 = 9", "probe p r1", "r0 = r1", "r0 += r6", "r0 += r7", "r0 += r8", "r0 += r9", "exit"))
}

func TestLower(t *testing.T) {
	none := []string(nil)
	tests := []struct {
		name              string
		funcs             []testFunc
		refused, warnings []string // "ID: part of the message"
	}{
		{"nothing to do", []testFunc{fn("f", Main, 1, "nop p r1", "r0 = 0", "exit")}, none, none},
		{"a full frame", []testFunc{fn("f", Main, 1, "r0 = 0", "*8(r10-512) = r1", "r6 = 6", "r7 = 7", "r8 = 8", "r9 = 9",
			"probe p r1", "r0 += r1", "r0 += r6", "r0 += r7", "r0 += r8", "r0 += r9", "exit")},
			[]string{"lower-stack: no room on the stack to save r0, r1: the frame already uses 512 of 512 bytes"}, none},
		{"a full frame and a free register", []testFunc{fn("f", Main, 1, "*8(r10-512) = r1", "probe p r1", "r0 = r1", "exit")}, none, []string{"lower-stack-old: use 544 bytes"}},
		{"a frame that nobody knows", []testFunc{fn("f", Main, 1, "r2 = *8(r1+0)", "r3 = r10", "r3 += r2", "*8(r3+0) = r2", "r6 = 6", "r7 = 7", "r8 = 8", "r9 = 9",
			"probe p r1", "r0 = r1", "r0 += r6", "r0 += r7", "r0 += r8", "r0 += r9", "exit")},
			[]string{"lower-frame: no telling how deep"}, none},
		{"a chain that just fits", chain(3, 112), none, []string{"lower-stack-old: use 544 bytes"}},
		{"a chain that is too deep", chain(3, 128), []string{"lower-stack: would be 528 bytes"}, none},
		{"a chain that was too deep before", chain(3, 144), none, none},
		{"eight frames", chain(6, 8), none, none},
		{"nine frames", chain(7, 8), []string{"lower-frames: 9 functions deep"}, none},
		{"a tail call below 256 bytes", []testFunc{
			fn("main", Main, 1, "*8(r10-240) = r1", "r6 = 6", "r7 = 7", "r8 = 8", "r9 = 9", "probe p r1", "call g", "r0 += r6", "r0 += r7", "r0 += r8", "r0 += r9", "exit"),
			fn("g", Static, 1, "r2 = 0", "r3 = 0", "helper 12", "r0 = 0", "exit")},
			[]string{"lower-stack: before the tail call in 'g' would use 256 bytes"}, none},
		{"a lock is held", []testFunc{fn("f", Main, 1, "r6 = r1", "helper 93", "probe p r6", "r1 = r6", "helper 94", "probe q r6", "r0 = 0", "exit")},
			none, []string{"lower-lock: 'p'"}},
		{"a lock is held by a caller", []testFunc{
			fn("f", Main, 1, "r6 = r1", "helper 93", "r1 = r6", "call g", "r1 = r6", "helper 94", "r0 = 0", "exit"),
			fn("g", Static, 1, "probe p r1", "r0 = 0", "exit")},
			none, []string{"lower-lock: 'p'"}},
		{"a lock, and a global function", []testFunc{
			fn("f", Main, 1, "r6 = r1", "helper 93", "probe p r6 -> g", "r1 = r6", "helper 94", "r0 = 0", "exit"),
			fn("g", Global, 1, "r0 = 0", "exit")},
			[]string{"lower-lock: no global function"}, none},
		{"a program with tail calls", []testFunc{fn("f", Main, 1, "probe p r1", "r2 = 0", "r3 = 0", "helper 12", "r0 = 0", "exit")},
			none, []string{"lower-tail-call: 5.10"}},
		{"an attached function that comes back", []testFunc{
			fn("f", Main, 1, "probe p r1 -> g", "r0 = 0", "exit"),
			fn("g", Static, 1, "call h", "r0 = 0", "exit"),
			fn("h", Static, 1, "probe p r1 -> g", "r0 = 0", "exit")},
			[]string{"lower-code: calls itself", "lower-code: calls itself"}, none},
		{"a program that is called", []testFunc{
			fn("f", Main, 1, "probe p r1", "call g", "r0 = 0", "exit"),
			fn("g", Main, 1, "r0 = 0", "exit")},
			[]string{"lower-code: it calls 'g', of which it is a program"}, none},
		{"an attached function that makes a tail call", []testFunc{
			fn("f", Main, 1, "probe p r1 -> g", "r0 = 0", "exit"),
			fn("g", Static, 1, "r2 = 0", "r3 = 0", "helper 12", "r0 = 0", "exit")},
			[]string{"lower-attach: it makes a tail call"}, none},
		{"an argument without a value", []testFunc{fn("f", Main, 1, "probe p r3", "r0 = 0", "exit")},
			none, []string{"lower-unset: r3, which holds an argument"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := Lower(assemble(t, test.funcs...))
			match(t, "refused", r.Refused, test.refused)
			match(t, "warnings", r.Warnings, test.warnings)
		})
	}
}

// match compares notes with what is expected of them.
func match(t *testing.T, what string, got []Note, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %v, want %q", what, got, want)
		return
	}
	for i, w := range want {
		id, text, _ := strings.Cut(w, ": ")
		if got[i].ID != id || !strings.Contains(got[i].Message, text) {
			t.Errorf("%s: %s: %s, want %q", what, got[i].ID, got[i].Message, w)
		}
	}
}

// Registers that have a value on some paths only, and can be read, are given one where they come to be without.
func TestZero(t *testing.T) {
	zeros := func(funcs ...testFunc) (at []string) {
		p := assemble(t, funcs...)
		r := Lower(p)
		for f, edits := range r.Edits {
			for _, e := range edits {
				if e.Old == 0 && len(e.Calls) == 0 {
					at = append(at, fmt.Sprintf("%s+%d: r%d", p.Funcs[f].Name, e.At/8, e.New[1]&15))
				}
			}
		}
		return at
	}
	got := zeros(fn("f", Main, 1, "r2 = *8(r1+0)", "if r2 goto L", "r0 = 1", "L:", "probe p r2", "exit"))
	if d := cmp.Diff([]string{"f+0: r0"}, got); d != "" {
		t.Errorf("at the function's start (-want +got):\n%s", d)
	}
	// A helper that returns nothing leaves r0 unset; it is set on the other path.
	got = zeros(fn("f", Main, 1, "r6 = r1", "r0 = 1", "if r1 goto L", "r2 = 0", "helper 132", "L:", "probe p r6", "exit"))
	if d := cmp.Diff([]string{"f+5: r0"}, got); d != "" {
		t.Errorf("behind a call (-want +got):\n%s", d)
	}
	// Nobody sets r0 at all: there is nothing to keep.
	got = zeros(fn("f", Main, 1, "r6 = r1", "call g", "r0 = 0", "exit"), fn("g", Static, 1, "probe p r1", "exit"))
	if len(got) > 0 {
		t.Errorf("a value that nobody can read is set: %v", got)
	}
}

// A dynptr goes to another register before anything else does, and never to the stack.
func TestPinned(t *testing.T) {
	lines := []string{"r6 = 6", "r7 = 7", "r8 = 8", "r2 = 2", "r0 = 0", "probe p r1", "helper 203", "r0 += r6", "r0 += r7", "r0 += r8", "exit"}
	p := assemble(t, fn("f", Static, 1, lines...))
	p.Funcs[0].Pinned = code.Reg(1)
	r := Lower(p)
	match(t, "refused", r.Refused, nil)
	if e := r.Edits[0][0]; e.New[0] != opMov64 || e.New[1] != 0x19 { // r9 = r1
		t.Errorf("r1 is not saved in r9: % x", e.New)
	}
	lines = append([]string{"r9 = r1"}, lines...)
	p = assemble(t, fn("f", Static, 1, append(lines[:len(lines)-1:len(lines)-1], "r0 += r9", "exit")...))
	p.Funcs[0].Pinned = code.Reg(1)
	match(t, "refused", Lower(p).Refused, []string{"lower-dynptr: r1 holds a dynptr"})
}

// What a caller leaves unset for a static function, because the function does not read it then, is not saved there.
func TestUnsetParameter(t *testing.T) {
	p := assemble(t,
		fn("main", Main, 1, "call f", "r0 = 0", "exit"), // r2 holds nothing
		sub("f", "probe p r1", "if r1 goto L", "r0 = r2", "exit", "L:", "r0 = 0", "exit"))
	r := Lower(p)
	if len(r.Refused) > 0 {
		t.Fatal(r.Refused)
	}
	for _, e := range r.Edits[1] {
		for off := 0; off < len(e.New); off += 8 {
			if e.New[off] == opMov64 && e.New[off+1]>>4 == 2 {
				t.Errorf("r2, which has no value, is saved: % x", e.New)
			}
		}
	}
}
