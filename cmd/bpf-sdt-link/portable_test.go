package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPortable has what the scripts of testdata/script cannot show on other systems than Linux: files are read, replaced
// and named as the system has it.
func TestPortable(t *testing.T) {
	dir := t.TempDir()
	if err := writeObjects(dir); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	if err := os.Mkdir("sub", 0o777); err != nil {
		t.Fatal(err)
	}
	sep := string(filepath.Separator)
	ran(t, 0, "", "-o", "out.o", "a.o", "b.o")
	want := bytesOf(t, "out.o")
	ran(t, 0, "", "-o", filepath.Join(dir, "sub", "out.o"), "sub"+sep+".."+sep+"a.o", filepath.Join(dir, "b.o"))
	ran(t, 0, "", "-o", "out.o", "a.o", "b.o") // over one that is there
	ran(t, 0, "", "-o", "a.o", "a.o", "b.o")   // over an input
	for _, name := range []string{"out.o", filepath.Join("sub", "out.o"), "a.o"} {
		if !bytes.Equal(bytesOf(t, name), want) {
			t.Errorf("%s is another object", name)
		}
	}
	ran(t, 1, "there is no folder 'missing'", "-o", "missing"+sep+"out.o", "b.o")
	ran(t, 1, "is a directory", "-o", "sub", "b.o")
	ran(t, 1, "is a directory", "-o", "sub"+sep, "b.o")
	ran(t, 1, "is a directory", "-o", "sub"+sep+"..", "b.o")
	ran(t, 0, "my_trace", "probes", "out.o")
	ran(t, 0, "", "header", "-o", "made"+sep+"include")
	if bytesOf(t, filepath.Join("made", "include", "bpf_sdt.h")) == nil {
		t.Error("the header is empty")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*", ".bpf-sdt-link-*")); left != nil {
		t.Errorf("left behind: %q", left)
	}
}

// ran runs the tool in this process: status is what it ends with, says a part of what it prints.
func ran(t *testing.T, status int, says string, args ...string) {
	t.Helper()
	var out bytes.Buffer
	got := run(append([]string{name}, args...), strings.NewReader(""), &out, &out)
	if got != status || !strings.Contains(out.String(), says) {
		t.Errorf("%q: status %d, want %d; want %q in:\n%s", args, got, status, says, out.String())
	}
}

func bytesOf(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Error(err)
	}
	return data
}

func TestSplitPath(t *testing.T) {
	checkSplits(t, map[string][2]string{
		"a.o": {".", "a.o"}, "/a.o": {"/", "a.o"}, "d/a.o": {"d", "a.o"}, "d/l/../a.o": {"d/l/..", "a.o"}, "d/": {"d", ""},
		"d//a.o": {"d/", "a.o"},
		"/":      {"/", ""}, "": {".", ""},
	})
}

func checkSplits(t *testing.T, paths map[string][2]string) {
	t.Helper()
	for path, want := range paths {
		folder, base := splitPath(path)
		if diff := cmp.Diff(want, [2]string{folder, base}); diff != "" {
			t.Errorf("%q: %s", path, diff)
		}
	}
}
