//go:build !windows

package linker_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/bpfsdt/bpf-sdt-link/linker"
)

// The programs of testdata/observe are linked with their probes as calls, loaded, and observed by fentry programs of
// observer.c. 'make kernel-check' runs these tests under kernels of its own, for not every machine lets programs be
// observed.

// watch attaches one observer to a stub in a program.
type watch struct{ observer, program, stub string }

// seen is what an observer of observer.c writes: how often it ran, and what it got.
type seen [7]uint64

// observed is a way to run programs and observe them.
type observed struct {
	inputs   []string // the target's, target alone if there are none
	options  linker.Options
	flag     string // a variable of one byte in the target's .rodata to set
	watches  []watch
	programs []string // run with a packet of 64 bytes, and again when the first observer is detached
}

// outcome is what came of it.
type outcome struct {
	Results []string // "program result"
	Seen    []seen   // one for each observer
	Work    uint64   // the target's variable
	Count   uint64   // the first value of its map
}

// call is the mode of all probes in most of the tests.
var call = []linker.ProbeRule{{Mode: linker.ProbeCall}}

// observeLoaders are the ways to load that each test goes.
var observeLoaders = []struct {
	name string
	run  func(t *testing.T, target, observer []byte, o observed) outcome
}{{"cilium", observeCilium}, {"libbpf", observeLibbpf}}

// check links, loads and runs with every compiler's objects and both loaders.
func (o observed) check(t *testing.T, want outcome) {
	t.Helper()
	needFentry(t)
	for _, compiler := range compilers {
		target, observer := o.link(t, compiler)
		for _, loader := range observeLoaders {
			t.Run(compiler+"/"+loader.name, func(t *testing.T) {
				if diff := cmp.Diff(want, loader.run(t, target, observer, o)); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		}
	}
}

func (o observed) link(t *testing.T, compiler string) (target, observer []byte) {
	t.Helper()
	names := o.inputs
	if names == nil {
		names = []string{"target"}
	}
	return linkObserve(t, compiler, o.options, names...),
		linkObserve(t, compiler, linker.Options{Observers: true}, "observer")
}

func linkObserve(t *testing.T, compiler string, options linker.Options, names ...string) []byte {
	t.Helper()
	var inputs []linker.Input
	for _, name := range names {
		data, err := os.ReadFile(filepath.Join("testdata", "observe", name+"."+compiler+".el.o.zst"))
		if err != nil {
			t.Fatal(err)
		}
		inputs = append(inputs, linker.Input{Name: name + ".o", Data: data})
	}
	options.Output = "out.o"
	res, err := linker.Link(context.Background(), inputs, options)
	if err != nil {
		t.Fatalf("link %v of %s: %v", names, compiler, err)
	}
	return res.Object
}

// needFentry skips a test where the kernel refuses the simplest of observers with EPERM, which is how kernels say that
// this process may observe nothing. The verifier says EACCES or EINVAL.
func needFentry(t *testing.T) {
	t.Helper()
	needKernel(t)
	target, err := ebpf.LoadCollectionSpecFromReader(strings.NewReader(string(linkObserve(t, "clang19", linker.Options{}, "target"))))
	if err != nil {
		t.Fatal(err)
	}
	p, err := ebpf.NewProgram(target.Programs["multi_xdp"])
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	observer, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Type: ebpf.Tracing, AttachType: ebpf.AttachTraceFEntry, AttachTarget: p, AttachTo: "multi_xdp", License: "GPL",
		Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()},
	})
	if errors.Is(err, unix.EPERM) {
		t.Skipf("the kernel does not let this process observe programs (fentry): %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	observer.Close()
}

// packet is what every program gets: byte i is i.
func packet() []byte {
	p := make([]byte, 64)
	for i := range p {
		p[i] = byte(i)
	}
	return p
}

// twice returns the results of programs that run two times in the same order.
func twice(results ...string) []string { return slices.Concat(results, results) }

// TestObserveArguments is the RFC's first selftest: an XDP program's length and verdict. The observers are written for
// fentry, and as the RFC has them.
func TestObserveArguments(t *testing.T) {
	for _, observer := range []string{"see_args", "see_rfc", "see_named"} {
		t.Run(observer, func(t *testing.T) {
			observed{
				options: linker.Options{Probes: call}, programs: []string{"read_args"},
				watches: []watch{{observer, "read_args", "my_trace"}},
			}.check(t, outcome{Results: twice("read_args 2"), Seen: []seen{{1, 64, 2}}})
		})
	}
}

// TestObservePrograms is the second: an XDP and a TC program are observed at once, until one of them is not any more.
func TestObservePrograms(t *testing.T) {
	observed{
		options: linker.Options{Probes: call}, programs: []string{"multi_xdp", "multi_tc", "multi_tc"},
		watches: []watch{{"see_one", "multi_xdp", "xdp_hit"}, {"see_hit", "multi_tc", "tc_hit"}},
	}.check(t, outcome{
		Results: twice("multi_xdp 2", "multi_tc 0", "multi_tc 0"),
		Seen:    []seen{{1, 64}, {4}},
	})
}

// TestObserveSubprogram is the third: the probe is in a static subprogram, its argument the context.
func TestObserveSubprogram(t *testing.T) {
	observed{
		options: linker.Options{Probes: call}, programs: []string{"subprog"},
		watches: []watch{{"see_ctx", "subprog", "sub_ctx"}},
	}.check(t, outcome{Results: twice("subprog 2"), Seen: []seen{{1, 64}}})
}

// TestObserveTypes has arguments of all widths, signs and kinds, in registers whose upper bits are of no meaning.
func TestObserveTypes(t *testing.T) {
	const (
		first = 0x0706050403020100 // the packet's first 8 bytes
		stack = 0x5544332211
	)
	full := ^uint64(first)
	signed := func(v int64) uint64 { return uint64(v) }
	observed{
		options: linker.Options{Probes: call}, programs: []string{"arguments"},
		watches: []watch{
			{"see_hit", "arguments", "five"}, // detached after the first run
			{"see_five", "arguments", "five"}, {"see_narrow", "arguments", "narrow"}, {"see_wide", "arguments", "wide"},
			{"see_pointers", "arguments", "pointers"}, {"see_aggregate", "arguments", "aggregate"},
			{"see_beside", "arguments", "beside"},
		},
	}.check(t, outcome{Results: twice("arguments 2"), Count: 77, Seen: []seen{
		{1},
		{2, full, signed(-1), stack, full & 0xffff, 64},
		{2, signed(-1), 0xff, signed(int64(int16(full))), full & 0xffff, 1},
		{2, signed(int64(int32(full))), full & 0xffffffff, full, full, signed(-7)},
		{2, first, stack, 77, 64, 0x0a09080706050403},
		{2, full&0xffffffff | 1<<32 | 2<<48},
		{2, stack, 64},
	}})
}

// TestObservePlaces has sites of one probe in a program, a static and a global subprogram, and a callback.
func TestObservePlaces(t *testing.T) {
	observed{
		options: linker.Options{Probes: call}, programs: []string{"places"},
		watches: []watch{{"see_sites", "places", "sites"}},
	}.check(t, outcome{Results: twice("places 2"), Seen: []seen{{6, 64, 64, 65, 100, 101, 66}}})
}

// TestObserveMany has as many observers of one stub as a kernel takes, 38.
func TestObserveMany(t *testing.T) {
	o := observed{options: linker.Options{Probes: call}, programs: []string{"read_args"}}
	want := outcome{Results: twice("read_args 2"), Seen: []seen{{1, 64, 2}}}
	for range 38 {
		o.watches = append(o.watches, watch{"see_args", "read_args", "my_trace"})
	}
	for range 37 {
		want.Seen = append(want.Seen, seen{2, 64, 2})
	}
	o.check(t, want)
}

// TestObserveNames has stubs with a prefix, and a target of two objects, which share a stub.
func TestObserveNames(t *testing.T) {
	observed{
		inputs:  []string{"target", "second"},
		options: linker.Options{Probes: call, StubPrefix: "stub_"}, programs: []string{"read_args", "read_args_again"},
		watches: []watch{{"see_hit", "read_args", "stub_my_trace"}, {"see_args", "read_args", "stub_my_trace"},
			{"see_args", "read_args_again", "stub_my_trace"}},
	}.check(t, outcome{
		Results: twice("read_args 2", "read_args_again 1"),
		Seen:    []seen{{1}, {2, 64, 2}, {2, 65, 1}},
	})
}

// TestObserveAttached has a function of the program called, which counts; nobody observes.
func TestObserveAttached(t *testing.T) {
	observed{
		options:  linker.Options{Attach: []linker.Attachment{{Probe: "tally", Function: "on_tally"}}},
		programs: []string{"tallied"},
	}.check(t, outcome{Results: twice("tallied 2"), Count: 128})
}

// TestObserveEnabled has a probe behind its flag. Where that is set both runs do the work, and only the first is seen;
// where it is not, the verifier removes the call.
func TestObserveEnabled(t *testing.T) {
	o := observed{options: linker.Options{Probes: call}, programs: []string{"guarded"}}
	t.Run("off", func(t *testing.T) { o.check(t, outcome{Results: twice("guarded 2")}) })
	o.flag = "bpf_sdt_enabled_costly"
	o.watches = []watch{{"see_one", "guarded", "costly"}}
	t.Run("on", func(t *testing.T) {
		o.check(t, outcome{Results: twice("guarded 2"), Seen: []seen{{1, 64}}, Work: 2})
	})
}

func (w watch) String() string { return fmt.Sprintf("+%s:%s:%s", w.observer, w.program, w.stub) }
