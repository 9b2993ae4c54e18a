package main

import (
	"flag"
	"fmt"
	"go/importer"
	"go/token"
	"go/types"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	update  = flag.Bool("update", false, "rewrite api/next.txt")
	release = flag.Bool("release", false, "rewrite api/released.txt: the names are released")
)

const nextFile, releasedFile = "../../api/next.txt", "../../api/released.txt"

func lines(t *testing.T, path string) []string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

func write(t *testing.T, path string, lines []string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(strings.Join(append(lines, ""), "\n")), 0o666); err != nil {
		t.Fatal(err)
	}
}

const releasedHead = "# The exported names of the last release; before there is one, those from which on changes are named in CHANGELOG.md."

// TestAPI: api/next.txt has the exported names as they are, and CHANGELOG.md says what of them is not as in the last release.
func TestAPI(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the names are those on Linux")
	}
	now, err := exported("../..")
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		write(t, nextFile, now)
	}
	if *release {
		write(t, releasedFile, append([]string{releasedHead}, now...))
	}
	if d := changes(lines(t, nextFile), now); len(d) > 0 {
		t.Errorf("exported names have changed:\n%s\nIf that is meant: go test ./scripts/api -update, and name them in CHANGELOG.md, "+
			"under Unreleased, as `linker.Options.Probes`", describe(d))
	}
	log, err := os.ReadFile("../../CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	if missing := unmentioned(lines(t, releasedFile), now, unreleased(string(log))); len(missing) > 0 {
		t.Errorf("CHANGELOG.md does not name, under Unreleased, what has changed since api/released.txt:\n%s\n"+
			"Write each as `linker.Options.Probes`, or the new type or package that it is part of", describe(missing))
	}
}

func describe(cs []change) string {
	var b strings.Builder
	for _, c := range cs {
		switch {
		case c.was == "":
			fmt.Fprintf(&b, "  added    %s: %s\n", c.name, c.now)
		case c.now == "":
			fmt.Fprintf(&b, "  removed  %s: %s\n", c.name, c.was)
		default:
			fmt.Fprintf(&b, "  changed  %s: %s\n       now %s\n", c.name, c.was, c.now)
		}
	}
	return b.String()
}

func TestChanges(t *testing.T) {
	old := []string{"# a comment: that is no name", "p.A: type struct", "p.A.F: field int", "p.B: func()", "p.C: const int = 1"}
	next := []string{"p.A: type struct", "p.A.F: field uint", "p.A.G: field int", "p.C: const int = 1", "p.D: type struct", "p.D.F: field int",
		"q.A: func()"}
	got := changes(old, next)
	want := []change{
		{"p.A.F", "field int", "field uint"}, {"p.A.G", "", "field int"}, {"p.B", "func()", ""},
		{"p.D", "", "type struct"}, {"p.D.F", "", "field int"}, {"q.A", "", "func()"},
	}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(change{})); d != "" {
		t.Error("-want +got:\n" + d)
	}
	for log, want := range map[string][]string{
		"":                                   {"p.A.F", "p.A.G", "p.B", "p.D", "p.D.F", "q.A"},
		"- `p.A.F`, `.G`; `p.B` went":        {"p.D", "p.D.F", "q.A"},
		"- `p.A.F` is a uint\n- `.G`":        {"p.A.G", "p.B", "p.D", "p.D.F", "q.A"},
		"- `p.A` and `p.D`":                  {"p.A.F", "p.A.G", "p.B", "q.A"},
		"- The package `q`, and p.D.\n":      {"p.A.F", "p.A.G", "p.B", "p.D", "p.D.F"},
		"- `p.A.F`,\n  `.G`, `p.D`, `p.B`":   {"q.A"},
		"- `p`: new things. `q.A`":           {"p.A.F", "p.A.G", "p.B", "p.D", "p.D.F"},
		"- `p.D.F`":                          {"p.A.F", "p.A.G", "p.B", "p.D", "q.A"},
		"- `p.A.F`, `p.A.G` `p.B` `p.D` `q`": nil,
	} {
		var names []string
		for _, c := range unmentioned(old, next, log) {
			names = append(names, c.name)
		}
		if !slices.Equal(names, want) {
			t.Errorf("%q: %q, not %q", log, names, want)
		}
	}
}

func TestUnreleased(t *testing.T) {
	log := "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- a\n\n## [1.0.0]\n\n- b\n"
	if got := unreleased(log); got != "\n\n### Added\n\n- a\n" {
		t.Errorf("%q", got)
	}
	if got := unreleased("# Changelog\n"); got != "" {
		t.Errorf("%q", got)
	}
}

// TestNames: a package of the standard library, whose names do not change.
func TestNames(t *testing.T) {
	pkg, err := importer.ForCompiler(token.NewFileSet(), "source", nil).Import("container/heap")
	if err != nil {
		t.Skip("no sources of the standard library:", err)
	}
	got := namesOf(pkg)
	want := []string{
		"container/heap.Fix: func(Interface, int)",
		"container/heap.Init: func(Interface)",
		"container/heap.Interface: type interface",
		"container/heap.Interface.Len: func() int",
		"container/heap.Interface.Less: func(int, int) bool",
		"container/heap.Interface.Pop: func() any",
		"container/heap.Interface.Push: func(any)",
		"container/heap.Interface.Swap: func(int, int)",
		"container/heap.Pop: func(Interface) any",
		"container/heap.Push: func(Interface, any)",
		"container/heap.Remove: func(Interface, int) any",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error("-want +got:\n" + d)
	}
	made := types.NewPackage(module+"/p", "p")
	made.Scope().Insert(types.NewConst(token.NoPos, made, "hidden", types.Typ[types.Int], nil))
	if got := namesOf(made); got != nil {
		t.Errorf("%q", got)
	}
}
