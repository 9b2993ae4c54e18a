package main

import (
	"os"
	"os/exec"
	"path/filepath"
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
`

func fences(text string) string { return strings.ReplaceAll(text, "~~~", "```") }

func TestParse(t *testing.T) {
	blocks, err := parse("d.md", fences(sample))
	if err != nil {
		t.Fatal(err)
	}
	if len(blocks) != 3 {
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
}

func TestParseBad(t *testing.T) {
	for name, text := range map[string]string{
		"a fence that does not end": "~~~\n$ true\n",
		"a word that is not known":  "<!-- doctest: perhaps -->\n~~~\n$ true\n~~~\n",
		"no reason":                 "<!-- doctest: skip -->\n~~~\n$ true\n~~~\n",
		"a file elsewhere":          "`../x`:\n\n~~~\nx\n~~~\n",
		"a directive of nothing":    "<!-- doctest: fails -->\n~~~\nx\n~~~\n",
		"no expression":             "<!-- doctest: varies ( -->\n~~~\n$ true\n~~~\n",
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
	if r.files != 1 || r.here != 2 || len(r.skipped) != 1 || len(r.faults) != 0 {
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

// TestDocuments runs what the documents tell their reader to do; the README uses the tutorial's files.
func TestDocuments(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long")
	}
	if os.Geteuid() != 0 {
		t.Skip("programs are loaded, which needs root")
	}
	for _, needed := range []string{"clang-14", "llvm-objdump-14", "bpftool", "jq", "make", "cc", "/usr/include/bpf/libbpf.h"} {
		if _, err := exec.LookPath(needed); err != nil && !filepath.IsAbs(needed) {
			t.Skipf("%s is not installed", needed)
		} else if _, err := os.Stat(needed); err != nil && filepath.IsAbs(needed) {
			t.Skipf("%s is not there", needed)
		}
	}
	for _, docs := range [][]string{{"tutorial.md", "../README.md"}, {"libbpf.md"}, {"go.md"}} {
		t.Run(docs[0], func(t *testing.T) {
			for i := range docs {
				docs[i] = filepath.Join("../../docs", docs[i])
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
