package linker_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/linker"
)

// Links of many inputs, which are read and worked on side by side.

// besideOptions are the ways to link many objects: as they are, and with probes that become calls.
var besideOptions = map[string]linker.Options{
	"plain":   {Output: "out.o"},
	"lowered": {Output: "out.o", Probes: []linker.ProbeRule{{Mode: linker.ProbeCall, BestEffort: true}}, KeepUnreachable: true},
}

// everything returns the committed objects of one compiler and byte order ("clang19.el"). There are conflicts among them.
func everything(t *testing.T, kind string) (inputs []linker.Input) {
	t.Helper()
	for group, pattern := range []string{"../golden/testdata/*", "testdata/corpus/*"} {
		for _, f := range folders(t, pattern) {
			for _, o := range f.objects[kind] {
				if o.path != "all.o" && o.path != "whole.o" {
					inputs = append(inputs, named(fmt.Sprintf("%s%d.%s", f.name, group, o.path), o.input.Data))
				}
			}
		}
	}
	return inputs
}

// together returns those of everything that can be linked together: of objects that conflict the later ones go.
func together(t *testing.T, kind string, opts linker.Options) []linker.Input {
	t.Helper()
	inputs := everything(t, kind)
	for range 20 {
		_, err := linker.Link(context.Background(), inputs, opts)
		var failure *diag.Failure
		if err == nil {
			return inputs
		}
		if !errors.As(err, &failure) {
			t.Fatal(err)
		}
		faulty := map[string]bool{}
		for _, d := range failure.Diagnostics {
			faulty[d.Place.Object] = true
		}
		inputs = slices.DeleteFunc(inputs, func(in linker.Input) bool { return faulty[in.Name] })
	}
	t.Fatal("what is at fault does not end")
	return nil
}

// asFiles writes inputs to files of their names in a folder of its own, which becomes the working directory.
func asFiles(t *testing.T, inputs []linker.Input) (files []linker.Input) {
	t.Helper()
	t.Chdir(t.TempDir())
	for _, in := range inputs {
		if err := os.WriteFile(in.Name, in.Data, 0o666); err != nil {
			t.Fatal(err)
		}
		files = append(files, linker.Input{Name: in.Name})
	}
	return files
}

// linked is all that comes of a link, as text and bytes.
type linked struct {
	object []byte
	text   string // error, or warnings and probes
}

func linkedAs(inputs []linker.Input, opts linker.Options) (o linked) {
	r, err := linker.Link(context.Background(), inputs, opts)
	if err != nil {
		return linked{text: err.Error()}
	}
	return linked{r.Object, textOf(r)}
}

func textOf(r *linker.Result) string {
	var b strings.Builder
	for _, d := range r.Diagnostics {
		fmt.Fprintln(&b, d.Error())
	}
	for _, p := range r.Probes {
		fmt.Fprintf(&b, "%+v\n", p)
	}
	return b.String()
}

func (o linked) same(t *testing.T, what string, want linked) {
	t.Helper()
	if d := cmp.Diff(want.text, o.text); d != "" {
		t.Errorf("%s: other messages:\n%s", what, d)
	}
	if !bytes.Equal(o.object, want.object) {
		t.Errorf("%s: %d bytes are not those %d", what, len(o.object), len(want.object))
	}
}

// Files, and their bytes, give the same object, warnings and probes in any number of threads; and what is at fault is said in
// the same words and order.
func TestThreads(t *testing.T) {
	for _, kind := range []string{"clang19.el", "clang22.eb"} {
		for name, opts := range besideOptions {
			t.Run(kind+"/"+name, func(t *testing.T) {
				good, all := together(t, kind, opts), everything(t, kind)
				if len(good) < 64 || len(all) == len(good) {
					t.Fatalf("%d of %d inputs link", len(good), len(all))
				}
				files := asFiles(t, all)
				goodFiles := slices.DeleteFunc(slices.Clone(files), func(in linker.Input) bool {
					return !slices.ContainsFunc(good, func(g linker.Input) bool { return g.Name == in.Name })
				})
				opts.Threads = 1
				want, faults := linkedAs(good, opts), linkedAs(all, opts)
				if want.object == nil || faults.object != nil {
					t.Fatal("good inputs are refused, or bad ones are not")
				}
				if name == "lowered" && !strings.Contains(want.text, "Stub:") {
					t.Error("there are no probes")
				}
				for _, opts.Threads = range []int{1, 2, 8, 0} {
					what := fmt.Sprintf("%d threads", opts.Threads)
					linkedAs(good, opts).same(t, what, want)
					linkedAs(goodFiles, opts).same(t, what+", files", want)
					linkedAs(files, opts).same(t, what+", files at fault", faults)
				}
			})
		}
	}
}

// Files that cannot be read are named in the order of the inputs, whoever came to them first.
func TestUnreadable(t *testing.T) {
	var files []linker.Input
	t.Chdir(t.TempDir())
	want := ""
	for i := range 40 {
		name := fmt.Sprintf("missing%d.o", i)
		files = append(files, linker.Input{Name: name})
		want += name + ": error: cannot read: no such file or directory\n"
	}
	for threads := range 9 {
		r, err := linker.Link(context.Background(), files, linker.Options{Threads: threads})
		if r != nil || err == nil || strings.TrimSpace(err.Error()) != strings.TrimSpace(want) {
			t.Errorf("%d threads: %v", threads, err)
		}
	}
}

// Two links at once, of the same bytes, know nothing of each other.
func TestAtOnce(t *testing.T) {
	el, eb := together(t, "clang19.el", besideOptions["lowered"]), together(t, "clang22.eb", besideOptions["plain"])
	wantEl, wantEb := linkedAs(el, besideOptions["lowered"]), linkedAs(eb, besideOptions["plain"])
	var links sync.WaitGroup
	for range 2 {
		links.Go(func() { linkedAs(el, besideOptions["lowered"]).same(t, "el", wantEl) })
		links.Go(func() { linkedAs(eb, besideOptions["plain"]).same(t, "eb", wantEb) })
	}
	links.Wait()
}

// Inputs are not written to, and nothing of the result is in their memory.
func TestInputsApart(t *testing.T) {
	for name, opts := range besideOptions {
		inputs := together(t, "clang19.el", opts)
		for i := range inputs {
			inputs[i].Data = bytes.Clone(inputs[i].Data)
		}
		before := make([][]byte, len(inputs))
		for i := range inputs {
			before[i] = bytes.Clone(inputs[i].Data)
		}
		want := linkedAs(inputs, opts)
		want.object, want.text = bytes.Clone(want.object), strings.Clone(want.text)
		joined, err := linker.Link(context.Background(), inputs, opts)
		if err != nil {
			t.Fatal(err)
		}
		opts.Unjoined = true
		unjoined, err := linker.Link(context.Background(), inputs, opts)
		if err != nil {
			t.Fatal(err)
		}
		for i := range inputs {
			if !bytes.Equal(inputs[i].Data, before[i]) {
				t.Errorf("%s: %s was written to", name, inputs[i].Name)
			}
			for k := range inputs[i].Data {
				inputs[i].Data[k] = 0xa5
			}
		}
		linked{joined.Object, textOf(joined)}.same(t, name, want)
		var b bytes.Buffer
		if _, err := unjoined.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		linked{b.Bytes(), textOf(unjoined)}.same(t, name+", unjoined", want)
	}
}

// WriteTo writes what Object holds, once or again, and stops at an error.
func TestWriteTo(t *testing.T) {
	for name, opts := range besideOptions {
		inputs := together(t, "clang19.el", opts)
		want := linkedAs(inputs, opts).object
		for _, opts.Unjoined = range []bool{false, true} {
			r, err := linker.Link(context.Background(), inputs, opts)
			if err != nil {
				t.Fatal(err)
			}
			if (r.Object == nil) != opts.Unjoined {
				t.Errorf("%s, unjoined %t: an object of %d bytes", name, opts.Unjoined, len(r.Object))
			}
			for range 2 {
				var b bytes.Buffer
				if n, err := r.WriteTo(&b); err != nil || n != int64(len(want)) || !bytes.Equal(b.Bytes(), want) {
					t.Errorf("%s, unjoined %t: %d bytes, not those %d; %v", name, opts.Unjoined, n, len(want), err)
				}
			}
			for _, room := range []int64{0, 1, 64, int64(len(want)) - 1} {
				if n, err := r.WriteTo(&full{room}); err != errFull || n != room {
					t.Errorf("%s, room for %d bytes: %d, %v", name, room, n, err)
				}
			}
		}
	}
}

var errFull = errors.New("full")

// full is a writer with room for some bytes.
type full struct{ room int64 }

func (f *full) Write(p []byte) (int, error) {
	n := min(f.room, int64(len(p)))
	if f.room -= n; n < int64(len(p)) {
		return int(n), errFull
	}
	return int(n), nil
}

var _ io.WriterTo = (*linker.Result)(nil)

// Progress is told of the phases in turn and of every input, from the goroutine that calls Link: the race detector would see
// any other. At the end, whatever it is, comes an empty one.
func TestProgress(t *testing.T) {
	want := []string{"load", "resolve", "probes", "lower", "reach", "lower", "reach", "layout", "relocate", "btf", "emit", ""}
	for _, threads := range []int{1, 8} {
		opts := besideOptions["lowered"]
		inputs := together(t, "clang19.el", opts)
		var phases []string
		done := 0
		opts.Threads = threads
		opts.Progress = func(p linker.Progress) {
			if n := len(phases); n == 0 || phases[n-1] != p.Phase {
				phases = append(phases, p.Phase)
			}
			if p.Total == 0 {
				if p.Done != 0 {
					t.Errorf("%+v", p)
				}
				return
			}
			if done++; p != (linker.Progress{Phase: "load", Done: done, Total: len(inputs)}) {
				t.Errorf("%d threads: %+v, want %d of %d", threads, p, done, len(inputs))
			}
		}
		if r := link(inputs, opts); r == nil {
			t.Fatal("no result")
		}
		if d := cmp.Diff(want, phases); d != "" || done != len(inputs) {
			t.Errorf("%d threads: %d of %d inputs; phases:\n%s", threads, done, len(inputs), d)
		}
		phases, done, inputs = nil, 0, inputs[:20]
		inputs = append(slices.Clone(inputs), named("junk.o", []byte("junk")))
		if r := link(inputs, opts); r != nil {
			t.Fatal("junk is linked")
		}
		if d := cmp.Diff([]string{"load", "resolve", "probes", ""}, phases); d != "" {
			t.Errorf("%d threads, with a fault: phases:\n%s", threads, d)
		}
	}
}

// A link whose context is done before it starts, or becomes done in whatever phase, enters no further one, gives the context's
// error, and leaves no goroutine.
func TestCancelledIn(t *testing.T) {
	files := asFiles(t, together(t, "clang19.el", besideOptions["lowered"]))
	for _, threads := range []int{1, 8} {
		for _, phase := range []string{"before", "load", "load half", "resolve", "probes", "lower", "reach", "layout", "relocate", "btf"} {
			goroutines := runtime.NumGoroutine()
			ctx, cancel := context.WithCancel(context.Background())
			if phase == "before" {
				cancel()
			}
			after := ""
			opts := linker.Options{Threads: threads, Probes: besideOptions["lowered"].Probes}
			opts.Progress = func(p linker.Progress) {
				if p.Phase != "" && !strings.HasPrefix(phase, p.Phase) && ctx.Err() != nil {
					after = p.Phase
				}
				if p.Phase == phase || phase == "load half" && p.Total > 0 && p.Done == p.Total/2 {
					cancel()
				}
			}
			r, err := linker.Link(ctx, files, opts)
			if r != nil || !errors.Is(err, context.Canceled) {
				t.Errorf("%d threads, cancelled in %s: %v, %v", threads, phase, r != nil, err)
			}
			if after != "" {
				t.Errorf("%d threads: cancelled in %s it goes on to %s", threads, phase, after)
			}
			cancel()
			noMoreGoroutines(t, goroutines)
		}
	}
}

// So it is at any moment, also one between two looks at the context: if there is an error, it is the context's.
func TestCancelledAnywhere(t *testing.T) {
	files := asFiles(t, together(t, "clang19.el", linker.Options{}))
	start := time.Now()
	want := link(files, linker.Options{})
	whole := time.Since(start)
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	goroutines := runtime.NumGoroutine()
	cancelled := 0
	for range 40 {
		after := time.Duration(random.Int64N(int64(whole)))
		ctx, cancel := context.WithCancel(context.Background())
		var since time.Time
		timer := time.AfterFunc(after, func() { since = time.Now(); cancel() })
		r, err := linker.Link(ctx, files, linker.Options{Threads: 1 + random.IntN(8)})
		if timer.Stop(); err != nil {
			cancelled++
			if took := time.Since(since); took > whole+time.Second { // a machine may be busy, but not with all of the link
				t.Errorf("cancelled after %v, it took %v more", after, took)
			}
		}
		if (r == nil) != errors.Is(err, context.Canceled) || r != nil && !bytes.Equal(r.Object, want) {
			t.Errorf("cancelled after %v: %v, %v", after, r != nil, err)
		}
		cancel()
	}
	noMoreGoroutines(t, goroutines)
	if t.Logf("seed %d, link of %v, %d of 40 cancelled", seed, whole, cancelled); cancelled == 0 {
		t.Error("no link was cancelled")
	}
}

// noMoreGoroutines waits for goroutines to end that are about to.
func noMoreGoroutines(t *testing.T, before int) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Second); runtime.NumGoroutine() > before; {
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<16)
			t.Errorf("%d goroutines, before %d:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// Of two code sections of one name only relocations tell whose the records of .BTF.ext are: they are read of a file too.
func TestTwinSections(t *testing.T) {
	for _, order := range []string{"el", "eb"} {
		o, ok := readObject(t, "testdata/reference/same_section."+order+".o.zst", "same_section."+order+".o")
		if !ok {
			t.Fatal("no object")
		}
		t.Run(order, func(t *testing.T) {
			inputs := []linker.Input{o.input}
			want := linkedAs(inputs, linker.Options{})
			if want.object == nil {
				t.Fatal(want.text)
			}
			linkedAs(asFiles(t, inputs), linker.Options{}).same(t, "a file", want)
		})
	}
}
