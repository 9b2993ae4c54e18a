package golden_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/golden"
	"github.com/bpfsdt/bpf-sdt-link/golden/rfcread"
	"github.com/bpfsdt/bpf-sdt-link/linker"
	"github.com/bpfsdt/bpf-sdt-link/notes"
	"github.com/bpfsdt/bpf-sdt-link/object"
)

var update = flag.Bool("update", false, "rewrite the golden texts")

func TestCases(t *testing.T) {
	entries, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !e.IsDir() || e.Name() == "fuzz" {
			continue
		}
		t.Run(e.Name(), func(t *testing.T) {
			t.Parallel()
			c, err := loadCase(filepath.Join("testdata", e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			c.run(t)
		})
	}
}

// goldenCompiler is the one whose links are kept as golden text, in little-endian order. The others are held by what
// the case expects.
const goldenCompiler = "clang19"

func (c *goldenCase) run(t *testing.T) {
	reference := goldenCompiler
	if !slices.Contains(c.compilers, reference) {
		reference = c.compilers[0]
	}
	kept := map[string]bool{}
	for _, compiler := range c.compilers {
		for _, l := range c.links {
			text := map[string]string{} // of the first order, by byte order
			for _, order := range []string{"el", "eb"} {
				for i, inputs := range l.orders {
					b := build{c, compiler, order, inputs, l.options}
					t.Run(fmt.Sprintf("%s/%s%s/%s", linkName(inputs), l.name, compiler, order), func(t *testing.T) {
						got := b.check(t, &l.expect)
						if i == 0 {
							text[order] = got
							if compiler == reference && order == "el" {
								kept[c.goldenFile(l, inputs)] = true
								compareGolden(t, c.goldenFile(l, inputs), got)
							}
							return
						}
						if len(l.expect.errors) == 0 && !c.ordersDiffer {
							first, this := linkName(l.orders[0]), linkName(inputs)
							if d := golden.Diff(first, text[order], this, got); d != "" {
								t.Errorf("the order of inputs changes the meaning:\n%s", d)
							}
						}
					})
				}
			}
			if len(l.expect.errors) == 0 {
				if d := golden.Diff("el", orderless(text["el"]), "eb", orderless(text["eb"])); d != "" {
					t.Errorf("%s, %s: the byte orders differ:\n%s", linkName(l.orders[0]), compiler, d)
				}
			}
		}
	}
	c.staleGolden(t, kept)
}

func (c *goldenCase) goldenFile(l *linkSpec, inputs []string) string {
	name := linkName(inputs)
	if l.name != "" {
		name += "." + l.name
	}
	return filepath.Join(c.dir, name+".golden.txt")
}

// staleGolden finds golden texts that no link makes any more.
func (c *goldenCase) staleGolden(t *testing.T, kept map[string]bool) {
	files, _ := filepath.Glob(filepath.Join(c.dir, "*.golden.txt"))
	for _, f := range files {
		if !kept[f] && !t.Failed() {
			if *update {
				os.Remove(f)
			} else {
				t.Errorf("%s belongs to no link", f)
			}
		}
	}
}

func compareGolden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (go test ./golden -update makes it)", err)
	}
	if d := golden.Diff(file, string(want), "got", got); d != "" {
		t.Errorf("the link differs from its golden text:\n%s", d)
	}
}

// hexRow is a row of data, which the byte order changes where the meaning is the same.
var hexRow = regexp.MustCompile(`(?m)^  [0-9a-f]{2}( [0-9a-f]{2})* .*\n`)

// orderless is a text without what the byte order changes by its nature.
func orderless(text string) string {
	_, text, _ = strings.Cut(text, "\n")
	return hexRow.ReplaceAllString(text, "")
}

// build is one link of the objects of one compiler and byte order.
type build struct {
	c        *goldenCase
	compiler string
	order    string
	inputs   []string
	options  linker.Options
}

func (b build) objects(t *testing.T) []linker.Input {
	t.Helper()
	var ins []linker.Input
	for _, name := range b.inputs {
		data, err := os.ReadFile(filepath.Join(b.c.dir, fmt.Sprintf("%s.%s.%s.o.zst", name, b.compiler, b.order)))
		if err != nil {
			t.Fatalf("%v (scripts/fixtures.sh makes it)", err)
		}
		if data, err = object.Decompress(data); err != nil {
			t.Fatal(err)
		}
		ins = append(ins, linker.Input{Name: name + ".o", Data: data})
	}
	return ins
}

// check links, holds the result against what is expected and returns its text: that of the diagnostics if the link is
// meant to fail.
func (b build) check(t *testing.T, want *expectations) string {
	res, err := linker.Link(context.Background(), b.objects(t), b.options)
	if len(want.errors) > 0 {
		var failure *diag.Failure
		if !errors.As(err, &failure) {
			t.Fatalf("linked with %v, want diagnostics", err)
		}
		checkDiagnostics(t, diag.Error, failure.Diagnostics, want.errors)
		var text strings.Builder
		diag.Text(&text, failure.Diagnostics, false)
		return text.String()
	}
	if err != nil {
		t.Fatal(err)
	}
	checkDiagnostics(t, diag.Warning, res.Diagnostics, want.warnings)
	checkProbes(t, res, want.probes)
	checkCalls(t, res, want.calls)
	text, err := golden.Dump("output", res.Object)
	if err != nil {
		t.Fatal(err)
	}
	checkText(t, text, want)
	checkRelink(t, text, res.Object)
	return text
}

// checkDiagnostics pairs diagnostics with expectations: none of either may be left.
func checkDiagnostics(t *testing.T, sev diag.Severity, got []diag.Diagnostic, want []expectedDiag) {
	t.Helper()
	met := make([]bool, len(want))
	for _, d := range got {
		if d.Severity != sev {
			continue
		}
		var text strings.Builder
		diag.Text(&text, []diag.Diagnostic{d}, false)
		found := false
		for i, w := range want {
			if w.id == d.ID && w.text.MatchString(text.String()) {
				met[i], found = true, true
			}
		}
		if !found {
			t.Errorf("unexpected diagnostic %s:\n%s", d.ID, text.String())
		}
	}
	for i, w := range want {
		if !met[i] {
			t.Errorf("no %s %s matching %q", sev, w.id, w.text)
		}
	}
}

// checkProbes holds the output against the loader's rules, and the sites against those expected and those that the
// linker says there are.
func checkProbes(t *testing.T, res *linker.Result, want []expectedProbe) {
	t.Helper()
	sites, violations, err := rfcread.Read(res.Object)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range violations {
		t.Errorf("the loader's rules: %s", v)
	}
	var got, said []string
	for _, s := range sites {
		p := expectedProbe{s.Name, strings.Join(s.Types, ", "), s.Function}
		if slices.ContainsFunc(want, func(w expectedProbe) bool { return w.name == p.name && w.types == anyTypes }) {
			p.types = anyTypes
		}
		got = append(got, p.String())
		said = append(said, fmt.Sprintf("%s at %s+%d %v", s.Name, s.Section, s.Insn, s.Regs))
	}
	var expected, linked []string
	for _, p := range want {
		expected = append(expected, p.String())
	}
	for _, p := range res.Probes {
		for _, s := range p.Sites {
			if s.Linked != notes.LinkedNop {
				continue
			}
			linked = append(linked, fmt.Sprintf("%s at %s+%d %v", p.Name, s.Section, s.Insn(), s.Regs))
		}
	}
	for _, l := range [][]string{got, expected, said, linked} {
		slices.Sort(l)
	}
	if d := cmp.Diff(expected, got); d != "" {
		t.Errorf("probes (-want +got):\n%s", d)
	}
	if d := cmp.Diff(said, linked); d != "" {
		t.Errorf("Result.Probes (-in the object +said):\n%s", d)
	}
	runReadProbes(t, res.Object, sites, len(violations) > 0)
}

// checkCalls holds the lowered sites against those expected.
func checkCalls(t *testing.T, res *linker.Result, want []string) {
	t.Helper()
	got := []string{}
	for _, p := range res.Probes {
		for _, s := range p.Sites {
			if s.Linked != notes.LinkedNop {
				got = append(got, fmt.Sprintf("%s -> %s in %s", p.Name, s.Callee, s.Function))
			}
		}
	}
	want = append([]string{}, want...)
	slices.Sort(want)
	slices.Sort(got)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("lowered sites (-want +got):\n%s", d)
	}
}

// python is the Python 3 interpreter itself, since a wrapper in PATH can take longer to start than the script to run;
// "" if there is none.
var python = sync.OnceValue(func() string {
	out, err := exec.Command("python3", "-c", "import sys; print(sys.executable)").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
})

// runReadProbes runs the checker that $BPF_SDT_READ_PROBES names, a Python script that prints the sites of an object
// as JSON, and compares what it reads.
func runReadProbes(t *testing.T, data []byte, sites []rfcread.Probe, violated bool) {
	t.Helper()
	script := os.Getenv("BPF_SDT_READ_PROBES")
	if script == "" || python() == "" {
		return
	}
	file := filepath.Join(t.TempDir(), "out.o")
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(python(), script, file)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); (err != nil) != violated {
		t.Errorf("%s: %v\n%s", script, err, stderr.String())
	}
	var theirs []rfcread.Probe
	if err := json.Unmarshal(stdout.Bytes(), &theirs); err != nil {
		t.Fatalf("%s: %v\n%s", script, err, stdout.String())
	}
	if len(theirs) == 0 && len(sites) == 0 {
		return
	}
	if d := cmp.Diff(theirs, sites); d != "" {
		t.Errorf("%s reads other sites (-it +rfcread):\n%s", script, d)
	}
}

func checkText(t *testing.T, text string, want *expectations) {
	t.Helper()
	for _, s := range want.symbols {
		// The size is the compiler's affair.
		if !regexp.MustCompile(`(?m)^  ` + regexp.QuoteMeta(s) + `( size \d+)?$`).MatchString(text) {
			t.Errorf("no symbol %q in\n%s", s, section(text, "symbols"))
		}
	}
	for _, re := range want.text {
		if !re.MatchString(text) {
			t.Errorf("nothing matches %q in\n%s", re, text)
		}
	}
	for _, re := range want.noText {
		if m := re.FindString(text); m != "" {
			t.Errorf("%q is in\n%s", m, text)
		}
	}
	// What no output may have.
	for _, bad := range []string{"FAULT", "MISPLACED", "stray records", "unused strings", "duplicate unnamed", ".debug_"} {
		for line := range strings.SplitSeq(text, "\n") {
			if strings.Contains(line, bad) && !strings.HasPrefix(strings.TrimSpace(line), ";") {
				t.Errorf("in the output: %s", line)
			}
		}
	}
}

// section returns the paragraph of a text that starts with a line.
func section(text, title string) string {
	_, after, _ := strings.Cut(text, "\n"+title+"\n")
	para, _, _ := strings.Cut(after, "\n\n")
	return para
}

// checkRelink links the output once more: nothing is left to be done.
func checkRelink(t *testing.T, text string, data []byte) {
	t.Helper()
	again, err := linker.Link(context.Background(), []linker.Input{{Name: "output.o", Data: data}}, linker.Options{})
	if err != nil {
		t.Errorf("the output does not link: %v", err)
		return
	}
	relinked, err := golden.Dump("relinked", again.Object)
	if err != nil {
		t.Fatal(err)
	}
	if d := golden.Diff("output", text, "relinked", relinked); d != "" {
		t.Errorf("linking the output again changes it:\n%s", d)
	}
}
