package linker

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/notes"
	"github.com/bpfsdt/bpf-sdt-link/object"
)

// fixtures returns the objects of the golden cases for one compiler, plain.
func fixtures(tb testing.TB, pattern string) (objs [][]byte) {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join("..", "golden", "testdata", "*", pattern))
	if err != nil || len(files) == 0 {
		tb.Fatalf("no fixtures %s: %v", pattern, err)
	}
	for _, f := range files {
		z, err := os.ReadFile(f)
		if err != nil {
			tb.Fatal(err)
		}
		data, err := object.Decompress(z)
		if err != nil {
			tb.Fatal(err)
		}
		objs = append(objs, data)
	}
	return objs
}

// FuzzLink links two objects of arbitrary bytes: an error or a result, never both, and what is written can be read again.
func FuzzLink(f *testing.F) {
	objs := append(fixtures(f, "*.clang19.el.o.zst"), fixtures(f, "*.clang22.eb.o.zst")...)
	for i := range objs {
		f.Add(objs[i], objs[(i+1)%len(objs)])
	}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		in := []Input{{Name: "a.o", Data: append([]byte{}, a...)}, {Name: "b.o", Data: append([]byte{}, b...)}}
		r, err := Link(context.Background(), in, Options{Output: "out.o"})
		var failure *diag.Failure
		if err != nil {
			if r != nil || !errors.As(err, &failure) {
				t.Fatalf("result %v with error %v", r, err)
			}
			return
		}
		if !bytes.Equal(in[0].Data, a) || !bytes.Equal(in[1].Data, b) {
			t.Fatal("an input was changed")
		}
		if _, err := notes.Open("out.o", r.Object); err != nil {
			t.Fatalf("the output cannot be read: %v", err)
		}
		// What links is not always an object that anybody would make: a second link may refuse it, and no more.
		if again, err := Link(context.Background(), []Input{{Name: "out.o", Data: r.Object}}, Options{}); (again == nil) == (err == nil) {
			t.Fatalf("linked again: result %v with error %v", again, err)
		}
	})
}

// FuzzLower does the same with sites that become calls, and links the result again.
func FuzzLower(f *testing.F) {
	objs := slices.Concat(fixtures(f, "*.clang19.el.o.zst"), fixtures(f, "*.clang22.eb.o.zst"))
	for i := range objs {
		f.Add(objs[i], "call,best-effort")
		f.Add(objs[i], "strip")
	}
	f.Fuzz(func(t *testing.T, a []byte, rule string) {
		r, err := ParseProbeRule(rule)
		if err != nil {
			return
		}
		res, err := Link(context.Background(), []Input{{Name: "a.o", Data: a}}, Options{Output: "out.o", Probes: []ProbeRule{r}})
		if err != nil {
			if res != nil {
				t.Fatalf("a result with error %v", err)
			}
			return
		}
		if _, err := notes.Open("out.o", res.Object); err != nil {
			t.Fatalf("the output cannot be read: %v", err)
		}
		Link(context.Background(), []Input{{Name: "out.o", Data: res.Object}}, Options{Probes: []ProbeRule{{Mode: ProbeCall}}})
	})
}
