package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDependencies(t *testing.T) {
	got := string(dependencies("out:1 $.o", []string{"a#.o", "-", "./a#.o", "b\t.o"}))
	want := "out\\:1\\ $$.o: \\\n  a\\#.o \\\n  b\\\t.o\n\na\\#.o:\n\nb\\\t.o:\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got, want := string(dependencies("o", nil)), "o:\n"; got != want {
		t.Errorf("%q, not %q", got, want)
	}
}

// hostileFiles are names with which make may be made to do what nobody asked for: run something, set a variable, take
// another file.
var hostileFiles = []string{
	"$(shell touch pwned)", "$(shell touch pwned).o", "$(rm -rf keep).o", "`touch pwned`.o", "$(shell\ttouch\tpwned).o", "a(b).o", "$(shell\ttouch\tpwned)", "${shell touch pwned}", "$(rm -rf keep)", "$(eval SHELL=./evil)", "`touch pwned`",
	"a;touch pwned", "; touch pwned", "x!=./evil", "x!=touch pwned", "SHELL=./evil", ".SHELLFLAGS=evil", "MAKEFLAGS=-k", "export SHELL=./evil",
	"a b", " a", "a ", "a\tb", "#a", "a#b", "a:b", "a::b", ":", "$", "$$", "$a", "$@", "a\\", "a\\ b", "a\\#b", "a\\b", "\\", "a\nb", "\n\ttouch pwned",
	"a\rb", "a\vb", "a\x1bb", "a%b", "%", "a|b", "|", "&", "a&", "include evil.mk", "-include evil.mk", "define x", "endif", "ifdef", "override x",
	"private", "vpath", "undefine x", "load evil.so", "a,b", "(a)", "a(b)", "'a'", "\"a\"", "*", "?", "[a]", "~", "~root", "@a", "-a", "+a", "!a", "<a>", ".SECONDEXPANSION",
	".ONESHELL", ".DEFAULT", "ü", "\xff", "\u202e",
}

// notLiteral are those of hostileFiles that make, by its own rules, cannot be told as they are: globs and special targets.
var notLiteral = []string{"%", "*", "?", "[a]", "~", "~root", ".SECONDEXPANSION", ".ONESHELL", ".DEFAULT"}

// held are those of hostileFiles that must not be refused.
var held = []string{"a b", "a#b", "a:b", "$a", "$$", "a%b", "a\\b", "$(shell touch pwned).o", "`touch pwned`.o", "'a'", "ü", "\xff"}

// TestHostileDependencies has make read dependency files with hostile names. Each either is refused, or runs nothing;
// and make sees that the file has changed.
func TestHostileDependencies(t *testing.T) {
	if _, err := exec.LookPath("make"); err != nil {
		t.Skip("needs make")
	}
	chdirToObjects(t)
	object, err := os.ReadFile("a.o")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{
		"evil": "#!/bin/sh\ntouch pwned\n", "evil:": "#!/bin/sh\ntouch pwned\n", "evil.mk": "$(shell touch pwned)\n", "keep": "",
		"Makefile":  "include out.d\nout.o:\n\t@echo made\n",
		"twice.mk":  ".SECONDEXPANSION:\ninclude out.d\nout.o:\n\t@echo made\n",
		"output.mk": "all:\n.SECONDEXPANSION:\ninclude out.d\n",
	}
	for path, text := range files {
		if err := os.WriteFile(path, []byte(text), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range hostileFiles {
		if err := os.MkdirAll(filepath.Dir("./"+name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("./"+name, object, 0o666); err != nil {
			t.Fatal(err)
		}
		os.Remove("out.d")
		switch status := runQuietly("-o", "out.o", "--dependency-file", "out.d", "--", name); status {
		case 0:
			runMake(t, name, "-s", "-f", "twice.mk", "out.o")
			if out := runMake(t, name, "-s", "out.o"); strings.Contains(out, "made") {
				t.Errorf("input %q: made again, and nothing changed", name)
			}
			later := time.Now().Add(time.Hour)
			if err := os.Chtimes(name, later, later); err != nil {
				t.Fatal(err)
			}
			if out := runMake(t, name, "-s", "out.o"); !strings.Contains(out, "made") && !slices.Contains(notLiteral, name) {
				t.Errorf("input %q: make does not see that it has changed", name)
			}
		case exitUsage:
			if slices.Contains(held, name) {
				t.Errorf("input %q is refused", name)
			}
		default:
			t.Errorf("input %q: status %d", name, status)
		}
		os.Remove("out.d")
		if runQuietly("-o", "./"+name, "--dependency-file", "out.d", "a.o") == 0 {
			runMake(t, "./"+name, "-s", "-f", "output.mk", "all")
			runQuietly("-o", name, "--dependency-file", "out.d", "a.o")
			runMake(t, name, "-s", "-f", "output.mk", "all", "--", name)
		}
		os.Remove("./" + name)
	}
}

func runQuietly(args ...string) int {
	return run(append([]string{name}, args...), strings.NewReader(""), io.Discard, io.Discard)
}

// runMake runs make, which must run nothing of evil's, and returns what it prints.
func runMake(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, _ := exec.Command("make", args...).CombinedOutput()
	if _, err := os.Stat("pwned"); err == nil {
		t.Errorf("%q: make ran what a dependency file says:\n%s", name, out)
		os.Remove("pwned")
	}
	if _, err := os.Stat("keep"); err != nil {
		t.Fatalf("%q: make removed a file:\n%s", name, out)
	}
	return string(out)
}
