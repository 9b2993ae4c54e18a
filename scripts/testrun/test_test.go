package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// module makes a module of one package in a temporary folder, and goes there.
func module(t *testing.T, test string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":    "module example.org/m\n\ngo 1.25\n",
		"m_test.go": "package m\n\nimport \"testing\"\n\n" + test,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
}

const skipping = `
func TestFine(t *testing.T) {}
func TestSkipped(t *testing.T) { t.Skipf("there is no %s here", "tool") }
func TestPartly(t *testing.T) {
	t.Run("done", func(t *testing.T) {})
	t.Run("not", func(t *testing.T) { t.Log("looked for it"); t.Skip("in vain") })
	t.Run("mute", func(t *testing.T) { t.SkipNow() })
}
func FuzzOne(f *testing.F) { f.Fuzz(func(t *testing.T, b []byte) {}) }
`

func TestSkipsAreCollected(t *testing.T) {
	module(t, skipping)
	r, err := test([]string{"./..."})
	if err != nil {
		t.Fatal(err)
	}
	if r.failed {
		t.Error("the run failed")
	}
	got := map[string]string{}
	for _, s := range r.skips {
		got[s.pkg+" "+s.test] = s.reason
	}
	want := map[string]string{
		"example.org/m TestSkipped":     "there is no tool here",
		"example.org/m TestPartly/not":  "looked for it in vain",
		"example.org/m TestPartly/mute": "no reason given",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("skips (-want +got):\n%s", diff)
	}
	if len(r.summary) != 1 || !strings.HasPrefix(r.summary[0], "ok  \texample.org/m\t") {
		t.Errorf("summary %q", r.summary)
	}

	allow := filepath.Join(t.TempDir(), "allow")
	if err := os.WriteFile(allow, []byte("# a comment\n\nm TestPartly/.* it is only a part\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	allowed, err := readAllowed(allow)
	if err != nil {
		t.Fatal(err)
	}
	if n := r.printSkips(allowed); n != 1 {
		t.Errorf("%d skips are not allowed, want 1", n)
	}
}

func TestStrict(t *testing.T) {
	for _, tt := range []struct {
		name, test string
		strict, ok bool
	}{
		{"skip", skipping, false, true},
		{"skip, strict", skipping, true, false},
		{"no skip, strict", "func TestFine(t *testing.T) {}", true, true},
		{"failure", `func TestBad(t *testing.T) { t.Error("it is bad") }`, false, false},
		{"crash", `func TestBad(t *testing.T) { panic("it is bad") }`, false, false},
		{"no build", "func TestBad(t *testing.T) { it is bad }", false, false},
		{"fuzz failure", `func FuzzBad(f *testing.F) { f.Fuzz(func(t *testing.T, b []byte) { if len(b) > 0 { t.Fatal() } }) }`, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			module(t, tt.test)
			ok, _ := run([]string{"./..."}, tt.strict, "", "1s")
			if ok != tt.ok {
				t.Errorf("ok is %t", ok)
			}
		})
	}
}

// A fuzz run that was only out of time has not failed.
func TestOutOfTime(t *testing.T) {
	const start = "fuzz: elapsed: 10s, execs: 65069 (6760/sec), new interesting: 0 (total: 177)\n--- FAIL: FuzzX (10.19s)\n"
	const end = "FAIL\nexit status 1\nFAIL\texample.com/x\t10.198s\n"
	for out, want := range map[string]bool{
		start + "    context deadline exceeded\n" + end: true,
		start + "    --- FAIL: FuzzX (0.00s)\n        x_test.go:1: context deadline exceeded\n\n    Failing input written to testdata/fuzz/FuzzX/1\n" + end: false,
		start + "    fuzzing process hung or terminated unexpectedly: exit status 2\n" + end:                                                                false,
		start + "    context deadline exceeded\n    and more\n" + end:                                                                                       false,
		"context deadline exceeded\n" + end: false,
	} {
		if got := outOfTime(out); got != want {
			t.Errorf("%t of\n%s", got, out)
		}
	}
}

func TestAllowedIsChecked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "allow")
	for _, text := range []string{"linker TestX", "linker TestX( why"} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := readAllowed(path); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}
