package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const sample = "Write `a.txt`:\n" + `
~~~text
one
~~~

~~~c
int not_a_file;
~~~

<!-- doctest: fails varies [0-9]+ ms -->

~~~
$ cat a.txt \
  a.txt
one
...
$ echo took 12 ms; false
took 99 ms
~~~

<!-- doctest: skip it takes a moon -->
~~~
# fly there
~~~

<!-- doctest: before
echo one > b.txt
-->

<!-- doctest: elsewhere make check -->

~~~
make check
~~~

~~~sh
$ cat b.txt
one
~~~
`

func fences(text string) string { return strings.ReplaceAll(text, "~~~", "```") }

func TestParse(t *testing.T) {
	blocks, err := parse("d.md", fences(sample))
	if err != nil {
		t.Fatal(err)
	}
	if len(blocks) != 6 {
		t.Fatalf("%d blocks", len(blocks))
	}
	if b := blocks[0]; b.file != "a.txt" || b.text != "one\n" {
		t.Errorf("file %q: %q", b.file, b.text)
	}
	want := []command{{14, "cat a.txt \\\n  a.txt", []string{"one", "..."}}, {18, "echo took 12 ms; false", []string{"took 99 ms"}}}
	if d := cmp.Diff(want, blocks[1].commands, cmp.AllowUnexported(command{})); d != "" {
		t.Error("-want +got:\n" + d)
	}
	if b := blocks[1]; b.root || !b.fails || b.varies == nil {
		t.Errorf("directives: %+v", b)
	}
	if b := blocks[2]; !b.root || b.skip != "it takes a moon" {
		t.Errorf("directives: %+v", b)
	}
	if b := blocks[3]; !b.unseen || b.commands[0].text != "echo one > b.txt" {
		t.Errorf("commands before: %+v", b)
	}
	if b := blocks[4]; b.elsewhere != "make check" || !b.shell || b.text != "make check" {
		t.Errorf("directives: %+v", b)
	}
}

func TestParseBad(t *testing.T) {
	for name, text := range map[string]string{
		"a fence that does not end":   "~~~\n$ true\n",
		"a word that is not known":    "<!-- doctest: perhaps -->\n~~~\n$ true\n~~~\n",
		"no reason":                   "<!-- doctest: skip -->\n~~~\n$ true\n~~~\n",
		"a file elsewhere":            "`../x`:\n\n~~~\nx\n~~~\n",
		"a directive of nothing":      "<!-- doctest: fails -->\n~~~\nx\n~~~\n",
		"a comment that does not end": "<!-- doctest: before\ntrue\n",
		"elsewhere and no place":      "<!-- doctest: elsewhere -->\n~~~\ntrue\n~~~\n",
		"no expression":               "<!-- doctest: varies ( -->\n~~~\n$ true\n~~~\n",
	} {
		if blocks, err := parse("d.md", fences(text)); err == nil {
			t.Errorf("%s: no error, %d blocks", name, len(blocks))
		}
	}
}

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		want, got string
		same      bool
	}{
		{"a b", "a b", true},
		{"a b", "a c", false},
		{"a b", "a", false},
		{"a", "a b", false},
		{"... b", "a a b", true},
		{"... b", "b", true},
		{"a ... c ...", "a b c c", true},
		{"a ... d", "a b c", false},
	} {
		if got := matches(strings.Fields(c.want), strings.Fields(c.got)); got != c.same {
			t.Errorf("%q shown, %q printed: %t", c.want, c.got, got)
		}
	}
}

// trueTool stands for the tool, so that nothing is built.
func trueTool(t *testing.T) options {
	t.Helper()
	path, err := exec.LookPath("true")
	if err != nil {
		t.Skip("no 'true' is installed")
	}
	return options{tool: path, clang: path, module: "../.."}
}

func TestRun(t *testing.T) {
	doc := filepath.Join(t.TempDir(), "d.md")
	run := func(text string) result {
		t.Helper()
		if err := os.WriteFile(doc, []byte(fences(text)), 0o644); err != nil {
			t.Fatal(err)
		}
		r, err := run(trueTool(t), []string{doc})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := run(sample)
	if r.files != 1 || r.here != 4 || len(r.skipped) != 1 || len(r.faults) != 0 {
		t.Errorf("%+v", r)
	}
	for name, text := range map[string]string{
		"other output":         strings.Replace(sample, "took 99", "takes 99", 1),
		"more output":          strings.Replace(sample, "...\n", "", 1),
		"less output":          strings.Replace(sample, "took 99 ms\n", "took 99 ms\nmore\n", 1),
		"a failure":            strings.Replace(sample, "fails ", "", 1),
		"a success":            strings.Replace(sample, "; false", "", 1),
		"another file":         strings.Replace(sample, "one\n", "two\n", 1),
		"a command that lacks": strings.Replace(sample, "$ cat", "$ no-such-command", 1),
	} {
		if r := run(text); len(r.faults) != 1 {
			t.Errorf("%s: faults: %q", name, r.faults)
		}
	}
	r = run("~~~\n$ pwd; clang; bpf-sdt-link\n/tmp/sdt\n~~~\n")
	if len(r.faults) != 0 {
		t.Errorf("%q", r.faults)
	}
}

func TestUncovered(t *testing.T) {
	module := t.TempDir()
	if err := os.WriteFile(filepath.Join(module, "Makefile"), []byte("VAR ?= x\ncheck: build ## all\n\ttrue\nbuild:\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	const ci = "make check STRICT=1\n# make demo\n"
	for _, c := range []struct {
		text   string
		runs   bool
		faults int
	}{
		{sample, true, 0},
		{sample, false, 3},
		{"~~~\nmake check\n~~~\n", true, 1},
		{"~~~text\nmake check\n~~~\n", true, 0},
		{"~~~c\nint x;\n~~~\n", true, 0},
		{"<!-- doctest: elsewhere make demo -->\n~~~\nmake check\n~~~\n", true, 1},
		{"<!-- doctest: skip it takes long -->\n~~~\nA=1 make X=1 check\n~~~\n", false, 0},
		{"<!-- doctest: skip it takes long -->\n~~~\nmake bench # make check\n~~~\n", false, 1},
		{"<!-- doctest: skip it takes long -->\n~~~\n./scripts/x.sh\n~~~\n", false, 1},
	} {
		blocks, err := parse("d.md", fences(c.text))
		if err != nil {
			t.Fatal(err)
		}
		if faults := uncovered(blocks, module, ci, c.runs); len(faults) != c.faults {
			t.Errorf("%d faults, not %d, in\n%s\n%q", len(faults), c.faults, c.text, faults)
		}
	}
}

// documents are those that are run, by groups that have one folder. 'make kernel-check' runs some of them once more.
var documents = [][]string{
	{"docs/tutorial.md", "README.md", "docs/manual.md", "docs/format.md", "docs/calls.md", "docs/faq.md"},
	{"docs/libbpf.md"},
	{"docs/go.md"},
}

// elsewhere are documents that something else runs, which is a command of .ci/run.
var elsewhere = map[string]string{
	"docs/recipes.md":   "make recipes",
	"docs/releasing.md": "make release-check",
}

// eachDocument calls do for every document of the checkout, with its path from here and its name in the checkout.
func eachDocument(t *testing.T, do func(path, name, text string)) {
	t.Helper()
	for _, pattern := range []string{"*.md", "*/*.md", "*/*/*.md"} {
		paths, err := filepath.Glob(filepath.Join("../..", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			name := strings.TrimPrefix(filepath.ToSlash(path), "../../")
			if strings.HasPrefix(name, "build/") {
				continue
			}
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			do(path, name, string(text))
		}
	}
}

// TestEveryBlock: what a document tells its reader to run is run by something, or says why not.
func TestEveryBlock(t *testing.T) {
	ci, err := os.ReadFile("../../.ci/run")
	if err != nil {
		t.Fatal(err)
	}
	all := 0
	eachDocument(t, func(_, name, text string) {
		if step := elsewhere[name]; step != "" {
			if !runsStep(string(ci), step) {
				t.Errorf("%s is to be run by %s, which is not in .ci/run", name, step)
			}
			return
		}
		blocks, err := parse(name, text)
		if err != nil {
			t.Error(err)
		}
		runs := slices.ContainsFunc(documents, func(group []string) bool { return slices.Contains(group, name) })
		for _, f := range uncovered(blocks, "../..", string(ci), runs) {
			t.Error(f)
		}
		all += len(blocks)
	})
	if all < 50 {
		t.Errorf("only %d blocks were found", all)
	}
}

// TestDocuments runs what the documents tell their reader to do. Without root, what needs it is left out.
func TestDocuments(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long")
	}
	for _, needed := range []string{"clang-14", "llvm-objdump-14", "bpftool", "jq", "make", "cc", "readelf", "/usr/include/bpf/libbpf.h"} {
		if _, err := exec.LookPath(needed); err != nil && !filepath.IsAbs(needed) {
			t.Skipf("%s is not installed", needed)
		} else if _, err := os.Stat(needed); err != nil && filepath.IsAbs(needed) {
			t.Skipf("%s is not there", needed)
		}
	}
	for _, docs := range documents {
		t.Run(docs[0], func(t *testing.T) {
			docs = slices.Clone(docs)
			for i := range docs {
				docs[i] = filepath.Join("../..", docs[i])
			}
			r, err := run(options{clang: "clang-14", module: "../..", vmrun: os.Getenv("DOCTEST_VMRUN"), kernel: os.Getenv("DOCTEST_KERNEL")}, docs)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range r.faults {
				t.Error(f)
			}
			t.Logf("%d files, %d commands run here, %d in the machine", r.files, r.here, r.there)
			for _, s := range r.skipped {
				t.Log("not run:", s)
			}
			if r.here < 5 {
				t.Errorf("only %d commands were run", r.here)
			}
		})
	}
}
