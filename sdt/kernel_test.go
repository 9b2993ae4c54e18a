package sdt_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/ringbuf"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/bpfsdt/bpf-sdt-link/sdt"
)

// needKernel skips a test where the kernel does not take the simplest of programs. It decides that with a program of
// its own: what the verifier says of a program under test is never a reason to skip.
func needKernel(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("loading a program needs root")
	}
	p, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Type: ebpf.XDP, License: "GPL",
		Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 2), asm.Return()},
	})
	switch {
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.ENOSYS), errors.Is(err, ebpf.ErrNotSupported):
		t.Skipf("the kernel does not let this process load an XDP program: %v", err)
	case err != nil:
		t.Fatal(err)
	}
	p.Close()
}

// needFentry skips a test where the kernel refuses the simplest of observers.
func needFentry(t *testing.T) {
	t.Helper()
	needKernel(t)
	target := load(t, spec(t, link(t, "target", "clang19", "call")))
	observer := &ebpf.ProgramSpec{Name: "none", License: "GPL", Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()}}
	if err := sdt.Prepare(target.Programs["filter"], "packet_in", observer); err != nil {
		t.Fatal(err)
	}
	p, err := ebpf.NewProgram(observer)
	switch err := sdt.Explain(err); {
	case errors.Is(err, sdt.ErrFentry):
		t.Skipf("no program can be observed here: %v", err)
	case err != nil:
		t.Fatal(err)
	}
	p.Close()
}

func load(t *testing.T, s *ebpf.CollectionSpec) *ebpf.Collection {
	t.Helper()
	c, err := ebpf.NewCollection(s)
	if err != nil {
		t.Fatalf("load: %+v", err)
	}
	t.Cleanup(c.Close)
	return c
}

// only returns the observers of a name, ready to be prepared.
func only(t *testing.T, compiler string, names ...string) *ebpf.CollectionSpec {
	t.Helper()
	s := spec(t, fixture(t, "observer", compiler))
	keep := map[string]*ebpf.ProgramSpec{}
	for _, n := range names {
		if keep[n] = s.Programs[n]; keep[n] == nil {
			t.Fatalf("no observer %s", n)
		}
	}
	s.Programs = keep
	return s
}

// send has an XDP program look at a packet.
func send(t *testing.T, p *ebpf.Program, size int) (verdict uint32) {
	t.Helper()
	verdict, err := p.Run(&ebpf.RunOptions{Data: make([]byte, size)})
	if err != nil {
		t.Fatalf("run %v: %v", p, err)
	}
	return verdict
}

const (
	xdpDrop = 1
	xdpPass = 2
)

// event is what observers write: which one it is, and what arguments it got.
type event struct {
	Kind uint64
	Args [5]uint64
}

const (
	kindIn = iota + 1
	kindShort
	kindSized
	kindCostly
	kindSyscall
)

// events reads what observers have written since the last time.
func events(t *testing.T, r *ringbuf.Reader) (all []event) {
	t.Helper()
	r.SetDeadline(time.Now())
	for {
		rec, err := r.Read()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		var e event
		if err := binary.Read(bytes.NewReader(rec.RawSample), binary.LittleEndian, &e); err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
}

func reader(t *testing.T, c *ebpf.Collection) *ringbuf.Reader {
	t.Helper()
	r, err := ringbuf.NewReader(c.Maps["events"])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// observe prepares, loads and attaches observers of probes of one target, and returns how to stop.
func observe(t *testing.T, target *ebpf.Program, compiler string, probes map[string]string) (*ebpf.Collection, func()) {
	t.Helper()
	var names []string
	for name := range probes {
		names = append(names, name)
	}
	s := only(t, compiler, names...)
	for name, probe := range probes {
		if err := sdt.Prepare(target, probe, s.Programs[name]); err != nil {
			t.Fatal(err)
		}
	}
	c := load(t, s)
	var stops []func() error
	for name := range probes {
		l, err := sdt.Attach(c.Programs[name])
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		stops = append(stops, l.Close)
	}
	return c, func() {
		for _, stop := range stops {
			if err := stop(); err != nil {
				t.Error(err)
			}
		}
	}
}

// sized is what the observer of packet_sized has to see of a packet.
func sized(n int) event {
	size := uint64(1)
	if n > 128 {
		size = 7
	}
	return event{kindSized, [5]uint64{uint64(uint8(n)), uint64(int64(int16(-n))), uint64(uint32(2 * n)), uint64(-int64(n)), size}}
}

// TestObserve watches three probes of a program by observers of three sections, until they are closed.
func TestObserve(t *testing.T) {
	needFentry(t)
	eachCompiler(t, func(t *testing.T, compiler string) {
		target := load(t, spec(t, link(t, "target", compiler, "call"))).Programs["filter"]
		c, stop := observe(t, target, compiler, map[string]string{
			"watch_in": "packet_in", "watch_short": "packet_short", "watch_sized": "packet_sized"})
		r := reader(t, c)
		for _, size := range []int{60, 64, 300} {
			want := []event{{kindIn, [5]uint64{uint64(size), uint64(size)}}, {kindShort, [5]uint64{uint64(size)}}}
			verdict := uint32(xdpDrop)
			if size >= 64 {
				want[1], verdict = sized(size), xdpPass
			}
			if got := send(t, target, size); got != verdict {
				t.Errorf("a packet of %d bytes: verdict %d, want %d", size, got, verdict)
			}
			if diff := cmp.Diff(want, events(t, r)); diff != "" {
				t.Errorf("a packet of %d bytes (-want +got):\n%s", size, diff)
			}
		}
		stop()
		send(t, target, 60)
		if got := events(t, r); len(got) != 0 {
			t.Errorf("after the observers were closed: %v", got)
		}
	})
}

// TestObserveOne checks that an observer sees its target alone, though another program has the same probe.
func TestObserveOne(t *testing.T) {
	needFentry(t)
	eachCompiler(t, func(t *testing.T, compiler string) {
		c := load(t, spec(t, link(t, "target", compiler, "call")))
		filter, count := c.Programs["filter"], c.Programs["count"]
		obs, _ := observe(t, count, compiler, map[string]string{"watch_sized": "packet_sized"})
		r := reader(t, obs)
		send(t, filter, 100)
		send(t, count, 100) // which adds 64
		if diff := cmp.Diff([]event{sized(164)}, events(t, r)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestObservePinned observes a program of which there is only a file descriptor, as after a restart of the loader.
func TestObservePinned(t *testing.T) {
	needFentry(t)
	loaded := load(t, spec(t, link(t, "target", "clang19", "call"))).Programs["filter"]
	info, err := loaded.Info()
	if err != nil {
		t.Fatal(err)
	}
	id, _ := info.ID()
	target, err := ebpf.NewProgramFromID(id)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { target.Close() })
	c, _ := observe(t, target, "clang19", map[string]string{"watch_short": "packet_short"})
	r := reader(t, c)
	send(t, loaded, 50)
	if diff := cmp.Diff([]event{{kindShort, [5]uint64{50}}}, events(t, r)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestObserveEnabled observes a probe behind a flag.
func TestObserveEnabled(t *testing.T) {
	needFentry(t)
	eachCompiler(t, func(t *testing.T, compiler string) {
		s := spec(t, link(t, "target", compiler, "call"))
		if err := sdt.Enable(s, "packet_costly"); err != nil {
			t.Fatal(err)
		}
		on := load(t, s).Programs["costly"]
		c, _ := observe(t, on, compiler, map[string]string{"watch_costly": "packet_costly"})
		r := reader(t, c)
		send(t, on, 64)
		if got := events(t, r); len(got) != 1 || got[0].Kind != kindCostly || got[0].Args[0] == 0 {
			t.Errorf("got %v", got)
		}
	})
}

// TestExplainKernel holds what Explain knows of a kernel's words against the kernel.
func TestExplainKernel(t *testing.T) {
	needFentry(t)
	eachCompiler(t, func(t *testing.T, compiler string) {
		target := load(t, spec(t, link(t, "target", compiler, "call"))).Programs["filter"]

		s := only(t, compiler, "may_read_third")
		if err := s.Variables["wants_third"].Set(int32(1)); err != nil {
			t.Fatal(err)
		}
		if err := sdt.Prepare(target, "packet_in", s.Programs["may_read_third"]); err != nil {
			t.Fatal(err)
		}
		_, err := ebpf.NewCollection(s)
		if err := sdt.Explain(err); !errors.Is(err, sdt.ErrArity) {
			t.Errorf("an argument too many: %v", err)
		}

		// The same observer, and its third argument is dead code.
		s = only(t, compiler, "may_read_third")
		if err := sdt.Prepare(target, "packet_in", s.Programs["may_read_third"]); err != nil {
			t.Fatal(err)
		}
		load(t, s)
	})
}

// TestRecursive observes a tracing program: Linux 6.12 lets that happen, 6.1 does not.
func TestRecursive(t *testing.T) {
	needFentry(t)
	if _, err := os.Stat("/sys/kernel/btf/vmlinux"); err != nil {
		t.Skip("the kernel has no BTF of its own (CONFIG_DEBUG_INFO_BTF), which the target is loaded by")
	}
	eachCompiler(t, func(t *testing.T, compiler string) {
		target := load(t, spec(t, link(t, "tracing", compiler, "call"))).Programs["enter"]
		s := only(t, compiler, "watch_syscall")
		if err := sdt.Prepare(target, "syscall_in", s.Programs["watch_syscall"]); err != nil {
			t.Fatal(err)
		}
		c, err := ebpf.NewCollection(s)
		err = sdt.Explain(err)
		if strings.HasPrefix(release(t), "6.1.") {
			if !errors.Is(err, sdt.ErrRecursive) {
				t.Errorf("got %v, want ErrRecursive", err)
			}
		} else if err != nil {
			t.Errorf("on Linux %s: %v", release(t), err)
		}
		if err == nil {
			c.Close()
		}
	})
}

func release(t *testing.T) string {
	t.Helper()
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		t.Fatal(err)
	}
	return unix.ByteSliceToString(u.Release[:])
}
