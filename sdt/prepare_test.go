package sdt_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/cilium/ebpf"

	"github.com/bpfsdt/bpf-sdt-link/sdt"
)

// TestPrepare asks a kernel about a program that is loaded. It takes no observer to be.
func TestPrepare(t *testing.T) {
	needKernel(t)
	eachCompiler(t, func(t *testing.T, compiler string) {
		target := load(t, spec(t, link(t, "target", compiler, "call", "packet_tally=on_tally"))).Programs["filter"]
		observers := spec(t, fixture(t, "observer", compiler)).Programs
		for _, c := range []struct {
			probe, observer string
			err             error
			text            string
		}{
			{"packet_in", "watch_in", nil, ""},
			{"packet_short", "watch_short", nil, ""},
			{"packet_sized", "watch_sized", nil, ""},
			{"packet_in", "may_read_third", nil, ""},
			{"packet_in", "read_third", sdt.ErrArity, "probe 'packet_in' has 2 arguments, and 'read_third' reads argument 3: "},
			{"packet_short", "watch_in", sdt.ErrArity, "probe 'packet_short' has 1 argument, and 'watch_in' reads argument 2: "},
			{"packet_on", "watch_in", sdt.ErrNoProbe, "did you mean 'packet_in'?"},
			{"packet_costly", "watch_costly", sdt.ErrNoProbe, "; there are packet_in, packet_short, packet_sized"}, // another program's
		} {
			o := observers[c.observer].Copy()
			before := *o
			err := sdt.Prepare(target, c.probe, o)
			if !errors.Is(err, c.err) || err != nil && !strings.Contains(err.Error(), c.text) {
				t.Errorf("%s observes %s: %v, want %q", c.observer, c.probe, err, c.text)
			}
			if err != nil {
				if o.Type != before.Type || o.AttachType != before.AttachType || o.AttachTo != before.AttachTo || o.AttachTarget != nil {
					t.Errorf("%s observes %s: changed beside an error: %+v", c.observer, c.probe, o)
				}
				continue
			}
			if o.Type != ebpf.Tracing || o.AttachType != ebpf.AttachTraceFEntry || o.AttachTo != c.probe || o.AttachTarget != target {
				t.Errorf("%s observes %s: %v, %v, %q", c.observer, c.probe, o.Type, o.AttachType, o.AttachTo)
			}
		}
	})
}

func TestPrepareErrors(t *testing.T) {
	needKernel(t)
	observers := spec(t, fixture(t, "observer", "clang22")).Programs
	filter := func(rules ...string) *ebpf.Program {
		return load(t, spec(t, link(t, "target", "clang22", rules...))).Programs["filter"]
	}
	all := load(t, spec(t, link(t, "target", "clang22", "call")))
	count := load(t, spec(t, link(t, "target", "clang22", "call", "packet_tally=on_tally"))).Programs["count"]
	for _, c := range []struct {
		name     string
		target   *ebpf.Program
		probe    string
		observer *ebpf.ProgramSpec
		err      error
		text     string
	}{
		{"no target", nil, "packet_in", observers["watch_in"], nil, "no target"},
		{"no observer", count, "packet_sized", nil, nil, "is there a program of that name?"},
		{"fexit", count, "packet_sized", observers["leave"], nil, "'leave' in section 'fexit' is no observer"},
		{"an attached function", count, "packet_tally", observers["watch_short"], sdt.ErrNotLowered, "calls a function of the program"},
		{"a probe that is off", all.Programs["costly"], "packet_costly", observers["watch_costly"], sdt.ErrRemoved, "call Enable"},
		{"a NOP", filter(), "packet_in", observers["watch_in"], sdt.ErrNoProbe, "was not linked with --probes=call"},
		{"a NOP beside a call", filter("call:packet_short"), "packet_in", observers["watch_in"], sdt.ErrNoProbe, "; there are packet_short"},
	} {
		err := sdt.Prepare(c.target, c.probe, c.observer)
		if err == nil || c.err != nil && !errors.Is(err, c.err) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v, want %q", c.name, err, c.text)
		}
	}
}

// TestStubPrefix finds a stub by its probe, whatever it is called.
func TestStubPrefix(t *testing.T) {
	needKernel(t)
	target := load(t, spec(t, linkWith(t, "target", "clang22", "on_", "call"))).Programs["filter"]
	o := spec(t, fixture(t, "observer", "clang22")).Programs["watch_in"]
	if err := sdt.Prepare(target, "packet_in", o); err != nil || o.AttachTo != "on_packet_in" {
		t.Errorf("attaches to '%s': %v", o.AttachTo, err)
	}
}

// TestFlagIsDeadCode measures what if (BPF_SDT_ENABLED(probe)) leaves of a program in the kernel: with the flag off the
// block and the branch are gone, and a load of the flag stays.
func TestFlagIsDeadCode(t *testing.T) {
	needKernel(t)
	const (
		rest   = 2     // r0 = XDP_PASS; exit
		asking = 2 + 1 // the flag's address, which is two instructions wide, and its load
	)
	eachCompiler(t, func(t *testing.T, compiler string) {
		for _, rule := range []string{"nop", "call"} {
			object := link(t, "target", compiler, rule)
			size := func(on bool) (insns int, jited uint32) {
				s := spec(t, object)
				if on {
					if err := sdt.Enable(s, "packet_costly"); err != nil {
						t.Fatal(err)
					}
				}
				info, err := load(t, s).Programs["costly"].Info()
				if err != nil {
					t.Fatal(err)
				}
				bytes, err := info.TranslatedSize()
				if err != nil {
					t.Skipf("the kernel does not tell the size of programs: %v", err)
				}
				jited, _ = info.JitedSize() // 0 without a JIT
				return bytes / 8, jited
			}
			off, offJited := size(false)
			on, onJited := size(true)
			t.Logf("--probes=%s: off %d instructions, %d bytes JITed; on %d instructions, %d bytes JITed", rule, off, offJited, on, onJited)
			if off != asking+rest {
				t.Errorf("--probes=%s: %d instructions with the flag off, want %d", rule, off, asking+rest)
			}
			if on <= off {
				t.Errorf("--probes=%s: %d instructions with the flag on, %d with it off", rule, on, off)
			}
		}
	})
}
