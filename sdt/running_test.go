package sdt_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/bpfsdt/bpf-sdt-link/loaded"
	"github.com/bpfsdt/bpf-sdt-link/sdt"
)

// summary is a probe of a program that is loaded, a line for each site: what it is, where, and by whom it is observed.
func summary(p loaded.Program) (lines []string) {
	for _, probe := range p.Probes {
		var types, by []string
		for _, a := range probe.Args {
			types = append(types, a.Type)
		}
		for _, o := range probe.Observers {
			by = append(by, o.Name+" by "+o.Attach)
		}
		slices.Sort(by)
		for _, s := range probe.Sites {
			line := fmt.Sprintf("%s(%s) in %s: %v", probe.Name, strings.Join(types, ", "), s.Function, s.Linked)
			if s.Linked == loaded.LinkedCall {
				line += fmt.Sprintf(" %s at %s:%d", s.Callee, filepath.Base(s.File), s.Line)
			}
			if probe.Flag != "" {
				line += fmt.Sprintf(", %s=%v", probe.Flag, probe.Enabled)
			}
			if by != nil {
				line += ", observed: " + strings.Join(by, ", ")
			}
			lines = append(lines, line)
		}
	}
	return lines
}

func running(t *testing.T, p *ebpf.Program) loaded.Program {
	t.Helper()
	got, err := sdt.Running(p)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func programID(t *testing.T, p *ebpf.Program) uint32 {
	t.Helper()
	info, err := p.Info()
	if err != nil {
		t.Fatal(err)
	}
	id, _ := info.ID()
	return uint32(id)
}

const verdictSites = `packet_short(int) in verdict: call packet_short at target.c:26
packet_sized(unsigned char, short, unsigned int, long long, enum size) in verdict: call packet_sized at target.c:29`

var libbpfSites = map[string]string{
	"filter": "packet_in(int, struct xdp_md *) in filter: call packet_in at target.c:38\n" + verdictSites,
	"count":  verdictSites + "\npacket_tally(int) in count: attach",
	"costly": "packet_costly(unsigned long long) in costly: removed, bpf_sdt_enabled_packet_costly=false",
}

// checkRunning compares what the kernel tells of a program.
func checkRunning(t *testing.T, name string, p *ebpf.Program, want string) {
	t.Helper()
	got := running(t, p)
	if diff := cmp.Diff(want, strings.Join(summary(got), "\n")); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
	if got.ID != programID(t, p) || got.Name != name || got.Type != "xdp" {
		t.Errorf("%s is %d '%s' of type %s", name, got.ID, got.Name, got.Type)
	}
}

// TestRunning lists the probes of programs that cilium/ebpf has loaded.
func TestRunning(t *testing.T) {
	needKernel(t)
	eachCompiler(t, func(t *testing.T, compiler string) {
		object := link(t, "target", compiler, "call", "packet_tally=on_tally")
		for name, p := range load(t, spec(t, object)).Programs {
			// The kernel has no declarations. What is attached is not described, and the rest is as in the stub.
			checkRunning(t, name, p, strings.Replace(libbpfSites[name], "packet_tally(int)", "packet_tally()", 1))
		}
		s := spec(t, object)
		if err := sdt.Enable(s, "packet_costly"); err != nil {
			t.Fatal(err)
		}
		checkRunning(t, "costly", load(t, s).Programs["costly"],
			"packet_costly(unsigned long long) in costly: call packet_costly at target.c:56, bpf_sdt_enabled_packet_costly=true")
		checkRunning(t, "filter", load(t, spec(t, link(t, "target", compiler))).Programs["filter"], "") // NOPs
	})
}

// TestRunningLibbpf lists the probes of programs that libbpf has loaded, with all BTF of their object.
func TestRunningLibbpf(t *testing.T) {
	eachCompiler(t, func(t *testing.T, compiler string) {
		for name, p := range loadLibbpf(t, link(t, "target", compiler, "call", "packet_tally=on_tally")) {
			checkRunning(t, name, p, libbpfSites[name])
		}
	})
}

// TestRunningAll finds programs by pin, by id and among all, and does not find one that is unloaded.
func TestRunningAll(t *testing.T) {
	needKernel(t)
	c := load(t, spec(t, link(t, "target", "clang19", "call", "packet_tally=on_tally")))
	filter, costly := c.Programs["filter"], c.Programs["costly"]
	bpffs := t.TempDir()
	if err := unix.Mount("bpf", bpffs, "bpf", 0, ""); err != nil {
		t.Skipf("no bpffs can be mounted: %v", err)
	}
	t.Cleanup(func() { unix.Unmount(bpffs, unix.MNT_DETACH) })
	pin := filepath.Join(bpffs, "filter")
	if err := filter.Pin(pin); err != nil {
		t.Fatal(err)
	}
	if err := c.Maps[".rodata"].Pin(filepath.Join(bpffs, "map")); err != nil {
		t.Fatal(err)
	}
	want := running(t, filter)
	gone := programID(t, costly)
	costly.Close()

	r := loaded.NewReader()
	all, err := r.All()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(p loaded.Program) bool { return p.ID == want.ID })
	byID, err1 := r.ByID(want.ID)
	pinned, err2 := loaded.NewReader().Pinned(pin)
	if i < 0 || err1 != nil || err2 != nil {
		t.Fatalf("index %d of %d programs, errors %v, %v", i, len(all), err1, err2)
	}
	for how, got := range map[string]loaded.Program{"all": all[i], "id": byID, "pin": pinned} {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("by %s (-want +got):\n%s", how, diff)
		}
	}
	if slices.ContainsFunc(all, func(p loaded.Program) bool { return p.ID == gone }) {
		t.Error("a program is listed that is unloaded")
	}
	for path, text := range map[string]string{
		filepath.Join(bpffs, "map"): "it is a map", bpffs: "it is a folder", os.DevNull: "not in a BPF file system", pin + "x": "no such file",
	} {
		if _, err := r.Pinned(path); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v, want '%s'", path, err, text)
		}
	}
	if _, err := r.FromFD(int(os.Stdout.Fd())); err == nil {
		t.Error("standard output is a program")
	}
}

// TestObserveRunning lists who observes, while observers of one target come and go; another has none.
func TestObserveRunning(t *testing.T) {
	needFentry(t)
	eachCompiler(t, func(t *testing.T, compiler string) {
		c := load(t, spec(t, link(t, "target", compiler, "call")))
		filter, count := c.Programs["filter"], c.Programs["count"]
		observed := func(p *ebpf.Program, probe string) (by []string) {
			for _, l := range summary(running(t, p)) {
				if name, _, _ := strings.Cut(l, "("); name == probe {
					_, who, _ := strings.Cut(l, ", observed: ")
					by = append(by, who)
				}
			}
			return by
		}
		check := func(when, in, short, other string) {
			t.Helper()
			got := []string{observed(filter, "packet_in")[0], observed(filter, "packet_short")[0], observed(count, "packet_short")[0]}
			if diff := cmp.Diff([]string{in, short, other}, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", when, diff)
			}
		}
		check("nobody", "", "", "")
		_, stopIn := observe(t, filter, compiler, map[string]string{"watch_in": "packet_in"})
		check("one", "watch_in by fentry", "", "")
		obs, stopShort := observe(t, filter, compiler, map[string]string{"watch_short": "packet_short"})
		_, stopMore := observe(t, filter, compiler, map[string]string{"watch_costly": "packet_short"})
		check("two of one", "watch_in by fentry", "watch_costly by fentry, watch_short by fentry", "")

		// Ids are those of the observer and of a link.
		for _, probe := range running(t, filter).Probes {
			for _, o := range probe.Observers {
				if o.Name == "watch_short" && (o.Program != programID(t, obs.Programs["watch_short"]) || o.Link == 0) {
					t.Errorf("the observer is program %d by link %d", o.Program, o.Link)
				}
			}
		}
		all, err := loaded.NewReader().All()
		if err != nil {
			t.Fatal(err)
		}
		n := map[uint32]int{}
		for _, p := range all {
			for _, probe := range p.Probes {
				n[p.ID] += len(probe.Observers)
			}
		}
		if a, b := n[programID(t, filter)], n[programID(t, count)]; a != 3 || b != 0 {
			t.Errorf("among all: %d and %d observers, want 3 and none", a, b)
		}
		stopIn()
		stopMore()
		check("one is left", "", "watch_short by fentry", "")
		stopShort()
		check("nobody is left", "", "", "")
	})
}

// TestObserveRunningLibbpf does the same with a target and observers that libbpf has loaded, by the program whose path is in
// the environment.
func TestObserveRunningLibbpf(t *testing.T) {
	needFentry(t)
	loader := os.Getenv("BPF_SDT_OBSERVE")
	if loader == "" {
		t.Skip("BPF_SDT_OBSERVE does not name the program that linker/testdata/observe.c compiles to")
	}
	eachCompiler(t, func(t *testing.T, compiler string) {
		dir := t.TempDir()
		target, observer := filepath.Join(dir, "target.o"), filepath.Join(dir, "observer.o")
		for path, data := range map[string][]byte{
			target: link(t, "target", compiler, "call", "packet_tally=on_tally"), observer: fentryOnly(t, compiler),
		} {
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.Command(loader, target, observer, "+watch_in:filter:packet_in", "+watch_costly:filter:packet_short", "?")
		in, out := attached(t, cmd)
		defer cmd.Wait()
		defer io.Copy(io.Discard, out)
		defer in.Close()
		all, err := loaded.NewReader().All()
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, p := range all {
			got[p.Name] = strings.Join(summary(p), "\n")
		}
		want := map[string]string{}
		for name, lines := range libbpfSites {
			want[name] = lines
		}
		want["filter"] = strings.NewReplacer("target.c:38", "target.c:38, observed: watch_in by fentry",
			"target.c:26", "target.c:26, observed: watch_costly by fentry").Replace(want["filter"])
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// fentryOnly returns the observers, with sections that libbpf knows.
func fentryOnly(t *testing.T, compiler string) []byte {
	t.Helper()
	return linkObservers(t, fixture(t, "observer", compiler))
}

// attached starts a program that says when all is attached and waits until its standard input ends.
func attached(t *testing.T, cmd *exec.Cmd) (io.Closer, io.Reader) {
	t.Helper()
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(out)
	if line, err := r.ReadString('\n'); line != "attached\n" {
		in.Close()
		cmd.Wait()
		t.Fatalf("it says %q: %v", line, err)
	}
	return in, r
}
