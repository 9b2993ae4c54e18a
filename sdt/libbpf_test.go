package sdt_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"github.com/bpfsdt/bpf-sdt-link/sdt"
)

// loadLibbpf loads an object with bpftool, which is libbpf, and returns its programs.
func loadLibbpf(t *testing.T, object []byte) map[string]*ebpf.Program {
	t.Helper()
	needKernel(t)
	if _, err := exec.LookPath("bpftool"); err != nil {
		t.Skip("no bpftool is installed")
	}
	// Not at /sys/fs/bpf, which other tests mount and unmount.
	bpffs := t.TempDir()
	if err := unix.Mount("bpf", bpffs, "bpf", 0, ""); err != nil {
		t.Skipf("no bpffs can be mounted: %v", err)
	}
	t.Cleanup(func() { unix.Unmount(bpffs, unix.MNT_DETACH) })
	pins := filepath.Join(bpffs, "pins") // bpftool wants the folder that it makes this in to be a bpffs
	path := filepath.Join(t.TempDir(), "out.o")
	if err := os.WriteFile(path, object, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("bpftool", "prog", "loadall", path, pins).CombinedOutput(); err != nil {
		t.Fatalf("bpftool: %v\n%s", err, out)
	}
	programs := map[string]*ebpf.Program{}
	files, err := os.ReadDir(pins)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		p, err := ebpf.LoadPinnedProgram(filepath.Join(pins, f.Name()), nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { p.Close() })
		programs[f.Name()] = p
	}
	return programs
}

// TestPrepareLibbpf is for targets that libbpf loaded: all BTF of the object is then in the kernel, and more can be said.
func TestPrepareLibbpf(t *testing.T) {
	eachCompiler(t, func(t *testing.T, compiler string) {
		programs := loadLibbpf(t, link(t, "target", compiler, "call:packet_*,!packet_sized", "packet_tally=on_tally"))
		observers := spec(t, fixture(t, "observer", compiler)).Programs
		for _, c := range []struct {
			program, probe, observer string
			err                      error
			text                     string
		}{
			{"filter", "packet_in", "watch_in", nil, ""},
			{"count", "packet_short", "watch_short", nil, ""},
			{"count", "packet_in", "watch_in", sdt.ErrNoProbe, "which never comes by it"},
			{"filter", "packet_sized", "watch_sized", sdt.ErrNotLowered, "is linked as a NOP"},
			{"count", "packet_tally", "watch_short", sdt.ErrNotLowered, "calls a function of the program"},
			{"costly", "packet_costly", "watch_costly", sdt.ErrRemoved, "call Enable"},
			{"filter", "packet_on", "watch_in", sdt.ErrNoProbe, "did you mean 'packet_in'?"},
			{"filter", "packet_in", "read_third", sdt.ErrArity, "reads argument 3"},
		} {
			o := observers[c.observer].Copy()
			err := sdt.Prepare(programs[c.program], c.probe, o)
			what := fmt.Sprintf("%s observes %s of %s", c.observer, c.probe, c.program)
			switch {
			case !errors.Is(err, c.err) || err != nil && !strings.Contains(err.Error(), c.text):
				t.Errorf("%s: %v, want %q", what, err, c.text)
			case err == nil && o.AttachTo != c.probe:
				t.Errorf("%s: attaches to '%s'", what, o.AttachTo)
			}
		}
	})
}
