package main

import (
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTakesNext gives clang all of the options in one line, each with a file behind it that is not there: clang names the
// files that it would compile.
func TestTakesNext(t *testing.T) {
	clang := findClang()
	if clang == "" {
		t.Skip("there is no clang")
	}
	// These are read before all others, and end the run if the value is not of their kind.
	options := slices.DeleteFunc(slices.Sorted(maps.Keys(takesNext)), func(o string) bool {
		return slices.Contains([]string{"--config", "-specs", "-working-directory", "-x", "--language", "-V"}, o)
	})
	args := []string{"-target", "bpf", "-###", "-c", "-Isystem", "control.c"}
	for i, o := range options {
		args = append(args, o, fmt.Sprintf("option%d.c", i))
	}
	cmd := exec.Command(clang, args...)
	cmd.Dir = t.TempDir()
	out, _ := cmd.CombinedOutput()
	taken := func(file string) bool { return !strings.Contains(string(out), "no such file or directory: '"+file+"'") }
	if taken("control.c") {
		t.Fatalf("clang does not name what it would compile:\n%s", out)
	}
	known := 0
	for i, o := range options {
		if strings.Contains(string(out), "unknown argument: '"+o+"'") || strings.Contains(string(out), "unknown argument '"+o+"'") {
			continue
		}
		known++
		// Clang 22 takes a value for these, and older ones do not.
		if strings.Contains(" --vfsoverlay -Xclangas -Xoffload-linker -darwin-target-variant -dumpdir ", " "+o+" ") {
			continue
		}
		if !taken(fmt.Sprintf("option%d.c", i)) {
			t.Errorf("%s does not take the next argument", o)
		}
	}
	if known < len(options)*3/4 {
		t.Errorf("%s knows only %d of %d options", clang, known, len(options))
	}
}

func TestSplitLinkWords(t *testing.T) {
	for in, want := range map[string][]string{
		"--keep-weak":                 {"--keep-weak"},
		"--keep-weak,--no-undefined":  {"--keep-weak", "--no-undefined"},
		"--probes=call":               {"--probes=call"},
		"--probes,call,--keep-weak":   {"--probes=call", "--keep-weak"},
		"--probes=call:a,!b,--attach": {"--probes=call:a,!b", "--attach"},
		"--probes,call:a,!b":          {"--probes=call:a,!b"},
		"a,b":                         {"a,b"},
		"":                            {""},
	} {
		if diff := cmp.Diff(want, splitLinkWords(in)); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", in, diff)
		}
	}
}

// TestParseCCAnything: whatever the arguments are, there is an error or a line whose files are all among them.
func TestParseCCAnything(t *testing.T) {
	words := []string{"", "-", "--", "-o", "-ox", "-x", "-xc", "-c", "-MF", "-MD", "-MJ", "-l", "a.c", "b.o", "-include", "-Wp,-MD,x", "-E", "-\xff", "--output="}
	lines := [][]string{{}}
	for range 4 {
		for _, l := range lines {
			for _, w := range words {
				lines = append(lines, append(slices.Clone(l), w))
			}
		}
		if len(lines) > 20000 {
			break
		}
	}
	for _, l := range lines {
		got, err := parseCC(append([]string{"clang"}, l...))
		if err != nil {
			continue
		}
		for _, in := range got.inputs {
			if !slices.Contains(l, in.name) {
				t.Errorf("%q: input %q", l, in.name)
			}
		}
		if !got.through && !got.hasOutput {
			t.Errorf("%q: an object without a name", l)
		}
	}
}
