package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// needPrograms skips a test where programs cannot be loaded, and returns one that has a probe.
func needPrograms(t *testing.T) *ebpf.Program {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("loading a program needs root")
	}
	chdirToObjects(t)
	var stderr bytes.Buffer
	if run([]string{name, "-o", "out.o", "--probes=call", "a.o", "b.o"}, nil, &stderr, &stderr) != 0 {
		t.Fatalf("link: %s", stderr.String())
	}
	c, err := ebpf.LoadCollection("out.o")
	if errors.Is(err, unix.EPERM) {
		t.Skipf("the kernel does not let this process load a program: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c.Programs["prog_a"]
}

// TestProbesOfPrograms lists the probes of a program by its id and its pin, and among all.
func TestProbesOfPrograms(t *testing.T) {
	p := needPrograms(t)
	info, err := p.Info()
	if err != nil {
		t.Fatal(err)
	}
	id, _ := info.ID()
	bpffs := t.TempDir()
	if err := unix.Mount("bpf", bpffs, "bpf", 0, ""); err != nil {
		t.Skipf("no bpffs can be mounted: %v", err)
	}
	t.Cleanup(func() { unix.Unmount(bpffs, unix.MNT_DETACH) })
	pin := filepath.Join(bpffs, "p")
	if err := p.Pin(pin); err != nil {
		t.Fatal(err)
	}
	title := fmt.Sprintf("prog %d (prog_a)", id)
	for _, which := range []string{fmt.Sprint(id), pin, allPrograms} {
		var stdout, stderr bytes.Buffer
		status := run([]string{name, "probes", "--prog", which, "--prog", fmt.Sprint(id)}, nil, &stdout, &stderr)
		if status != 0 || stderr.Len() > 0 || strings.Count(stdout.String(), title+", xdp:\n") != 1 || !strings.Contains(stdout.String(), "./a.c:10") {
			t.Errorf("%s: status %d, output:\n%s%s", which, status, stdout.String(), stderr.String())
		}
		stdout.Reset()
		var list ProgramList
		status = run([]string{name, "probes", "--json", "--prog", which}, nil, &stdout, &stderr)
		if err := json.Unmarshal(stdout.Bytes(), &list); err != nil || status != 0 || len(list.Objects) == 0 {
			t.Fatalf("%s: status %d, error %v:\n%s", which, status, err, stdout.String())
		}
		if o := list.Objects[0]; which != allPrograms && (o.Name != title || o.Prog.ID != uint32(id) || len(o.Probes) != 2) {
			t.Errorf("%s: %+v", which, o)
		}
	}
	var stdout, stderr bytes.Buffer
	if status := run([]string{name, "probes", "--prog", "4294967295", "--prog", pin}, nil, &stdout, &stderr); status != exitFault ||
		stderr.String() != "prog 4294967295: error: there is no such program\n" || !strings.HasPrefix(stdout.String(), title) {
		t.Errorf("no such program: status %d, output:\n%s%s", status, stdout.String(), stderr.String())
	}
}

// TestProgramsWithoutRights starts the tool in a user namespace, where root has no rights over what the kernel has loaded.
func TestProgramsWithoutRights(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("it takes root to be sure that it is the namespace which takes the rights away")
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, which := range []string{"1", allPrograms} {
		cmd := exec.Command(exe, "probes", "--prog", which)
		cmd.Args[0] = name
		root := []syscall.SysProcIDMap{{ContainerID: 0, HostID: 0, Size: 1}}
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER, UidMappings: root, GidMappings: root}
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		err := cmd.Run()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Skipf("no user namespace can be made: %v", err)
		}
		if cmd.ProcessState.ExitCode() != exitFault || stdout.Len() > 0 || !strings.Contains(stderr.String(), "error: cannot read: no permission\n  hint: it takes root") {
			t.Errorf("%s: status %d, output:\n%s%s", which, cmd.ProcessState.ExitCode(), stdout.String(), stderr.String())
		}
	}
}
