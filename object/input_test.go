package object

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// endless is a stream without an end, which fails a test that reads much of it.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	if e.read += len(p); e.read > 1<<20 {
		return 0, errors.New("a megabyte of what is no object was read")
	}
	return len(p), nil
}

func TestRead(t *testing.T) {
	if data, err := Read(&endless{}); err != nil || len(data) != identSize {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	long := strings.Repeat("x", 1<<16)
	for _, test := range []struct{ in, want string }{
		{"", ""},
		{"\x7fELF", "\x7fELF"},
		{"\x7fELF" + long, "\x7fELF" + long},
		{string(zstdMagic) + long, string(zstdMagic) + long},
		{"!<arch>\n" + long, "!<arch>\n" + long},
		{"!<arch>x" + long, "!<arch>x" + long[:identSize-8]},
	} {
		if got, err := Read(strings.NewReader(test.in)); err != nil || string(got) != test.want {
			t.Errorf("of %.20q %d bytes are read, not %d; %v", test.in, len(got), len(test.want), err)
		}
	}
	broken := errors.New("broken")
	for _, in := range []string{"", "\x7fELF", "\x7fELF" + long} {
		if data, err := Read(io.MultiReader(strings.NewReader(in), failing{broken})); err != broken || data != nil {
			t.Errorf("after %.10q: %d bytes, %v", in, len(data), err)
		}
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestUnchanged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.o")
	if err := os.WriteFile(path, []byte("\x7fELF and more"), 0o666); err != nil {
		t.Fatal(err)
	}
	if data, err := ReadFile(path); err != nil || !bytes.HasPrefix(data, elfMagic) {
		t.Fatalf("%q, %v", data, err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	before, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if err := unchanged(f, before); err != nil {
		t.Error(err)
	}
	if err := os.Truncate(path, 4); err != nil {
		t.Fatal(err)
	}
	if err := unchanged(f, before); err != errChanged {
		t.Errorf("after it shrank: %v", err)
	}
}
