package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// toolCommand is the tool as a process of its own: this test binary under its name (see TestMain).
func toolCommand(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Args = append([]string{name}, args...)
	return cmd
}

// runTool runs the tool and returns its exit status and what it says on standard error.
func runTool(t *testing.T, args ...string) (int, string) {
	t.Helper()
	return finishTool(t, toolCommand(t, args...))
}

func finishTool(t *testing.T, cmd *exec.Cmd) (int, string) {
	t.Helper()
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), stderr.String()
}

// contents returns what is in the files of a folder, by name.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, e := range entries {
		if e.Type().IsRegular() {
			data, err := os.ReadFile(filepath.Join(dir, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			files[e.Name()] = string(data)
		}
	}
	return files
}

func writeText(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// faultyWrites are command lines that write to DIR, with the file that cannot be written.
var faultyWrites = []struct{ args, file string }{
	{"-o DIR/out.o a.o b.o", "DIR/out.o"},
	{"-o DIR/new.o a.o b.o", "DIR/new.o"},
	{"-o DIR/out.o.zst a.o b.o", "DIR/out.o.zst"},
	{"gen object DIR/out.o a.o b.o", "DIR/out.o"},
	{"-o DIR/out.o --dependency-file DIR/out.d a.o b.o", "DIR/out.*"},
	{"-o DIR/out.o --dependency-file good.d a.o b.o", "DIR/out.o"},
	{"-o good.o --dependency-file DIR/out.d a.o b.o", "DIR/out.d"},
	{"-o DIR/out.o --probes=call a.o b.o", "DIR/out.o"},
	{"header -o DIR", "DIR/bpf_sdt.h"},
}

// testFaultyWrites runs faultyWrites for a folder that cannot be written to. Each must say why, once, with exit status
// 1, and leave all files as they are.
func testFaultyWrites(t *testing.T, dir, why string, change func(*exec.Cmd)) {
	t.Helper()
	before, here := contents(t, dir), contents(t, ".")
	for _, w := range faultyWrites {
		cmd := toolCommand(t, strings.Fields(strings.ReplaceAll(w.args, "DIR", dir))...)
		change(cmd)
		status, stderr := finishTool(t, cmd)
		file, ok := strings.CutSuffix(stderr, ": error: cannot write: "+why+"\n")
		if match, _ := filepath.Match(strings.ReplaceAll(w.file, "DIR", dir), file); status != exitFault || !ok || !match {
			t.Errorf("%s: status %d, '%s'; want '%s: ... %s'", w.args, status, stderr, w.file, why)
		}
		sameFiles(t, w.args, before, contents(t, dir))
		sameFiles(t, w.args, here, contents(t, "."))
	}
}

func sameFiles(t *testing.T, what string, before, after map[string]string) {
	t.Helper()
	for f := range after {
		if before[f] != after[f] {
			t.Errorf("%s: %s is new or changed", what, f)
		}
	}
	for f := range before {
		if _, ok := after[f]; !ok {
			t.Errorf("%s: %s is gone", what, f)
		}
	}
}

// tinyDisk mounts a file system of its own, of 16 kB.
func tinyDisk(t *testing.T) string {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root can mount a small file system, to fill it")
	}
	dir := t.TempDir()
	if err := unix.Mount("tiny", dir, "tmpfs", 0, "size=16k"); err != nil {
		t.Skipf("root here cannot mount a small file system, to fill it: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	for _, f := range []string{"out.o", "out.d", "out.o.zst", "bpf_sdt.h"} {
		writeText(t, dir+"/"+f, "old")
	}
	return dir
}

func TestDiskFull(t *testing.T) {
	dir := tinyDisk(t) // with the old files it is full: each has a page
	chdirToObjects(t)
	testFaultyWrites(t, dir, "no space left on device", func(*exec.Cmd) {})

	// With room for the dependency file, or for a page of the header.
	if err := os.Remove(dir + "/bpf_sdt.h"); err != nil {
		t.Fatal(err)
	}
	before := contents(t, dir)
	for _, args := range []string{"-o DIR/out.o --dependency-file DIR/out.d a.o b.o", "header -o DIR"} {
		if status, stderr := runTool(t, strings.Fields(strings.ReplaceAll(args, "DIR", dir))...); status != exitFault {
			t.Errorf("%s: status %d, '%s'", args, status, stderr)
		}
		sameFiles(t, args, before, contents(t, dir))
	}
}

func TestReadOnly(t *testing.T) {
	dir := tinyDisk(t)
	chdirToObjects(t)
	if err := unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	testFaultyWrites(t, dir, "read-only file system", func(*exec.Cmd) {})
}

// TestForbidden is about folders and files that the user has no right to. Root has every right, so as root it runs the
// tool as nobody.
func TestForbidden(t *testing.T) {
	base, err := os.MkdirTemp("", "bpf-sdt-link-test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(base) })
	exe := base + "/" + name
	if err := errors.Join(os.Chmod(base, 0o755), copyTool(exe), os.Mkdir(base+"/forbidden", 0o755), os.Mkdir(base+"/here", 0o777),
		os.Chmod(base+"/here", 0o777), writeObjects(base+"/here")); err != nil {
		t.Fatal(err)
	}
	t.Chdir(base + "/here")
	dir := base + "/forbidden"
	for _, f := range []string{"out.o", "out.d", "out.o.zst", "bpf_sdt.h"} {
		writeText(t, dir+"/"+f, "old")
	}
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	asNobody := func(cmd *exec.Cmd) {
		cmd.Path = exe
		if os.Getuid() == 0 {
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		}
	}
	testFaultyWrites(t, dir, "permission denied", asNobody)

	writeText(t, "secret.o", "")
	if err := os.Chmod("secret.o", 0); err != nil {
		t.Fatal(err)
	}
	writeText(t, "out.o", "old")
	for _, args := range []string{"-o out.o secret.o", "probes secret.o", "check secret.o", "dump secret.o", "gen object out.o a.o secret.o"} {
		cmd := toolCommand(t, strings.Fields(args)...)
		asNobody(cmd)
		if status, stderr := finishTool(t, cmd); status != exitFault || stderr != "secret.o: error: cannot read: permission denied\n" {
			t.Errorf("%s: status %d, '%s'", args, status, stderr)
		}
	}
	if old, _ := os.ReadFile("out.o"); string(old) != "old" {
		t.Error("the old output is gone")
	}
}

func copyTool(to string) error {
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	in, err := os.Open(exe)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// TestMountedOutput has an output that cannot be replaced, as a file that a container mounts: the dependency file has
// been replaced then, and must be as it was, or not be.
func TestMountedOutput(t *testing.T) {
	dir := tinyDisk(t)
	chdirToObjects(t)
	writeText(t, "out.o", "old")
	if err := unix.Mount(dir+"/out.o", "out.o", "", unix.MS_BIND, ""); err != nil {
		t.Skipf("root here cannot mount a file: %v", err)
	}
	defer unix.Unmount("out.o", unix.MNT_DETACH)
	for _, old := range []string{"", "old"} {
		if old != "" {
			writeText(t, "out.d", old)
		}
		before := contents(t, ".")
		status, stderr := runTool(t, "-o", "out.o", "--dependency-file", "out.d", "a.o")
		if status != exitFault || stderr != "out.o: error: cannot write: device or resource busy\n" {
			t.Errorf("status %d, '%s'", status, stderr)
		}
		sameFiles(t, "with out.d '"+old+"'", before, contents(t, "."))
	}
}

// TestNeither is the same without root: the object's place is taken by a folder at the last moment.
func TestNeither(t *testing.T) {
	for _, old := range []string{"", "old"} {
		t.Chdir(t.TempDir())
		if old != "" {
			writeText(t, "d", old)
		}
		w := (&tool{}).newWrites()
		if err := errors.Join(w.add("d", strings.NewReader("new")), w.add("o", strings.NewReader("new")), os.MkdirAll("o/sub", 0o777)); err != nil {
			t.Fatal(err)
		}
		var file *fileError
		if err := w.commit(); !errors.As(err, &file) || file.name != "o" {
			t.Errorf("error %v", err)
		}
		w.discard()
		want := map[string]string{}
		if old != "" {
			want["d"] = old
		}
		sameFiles(t, "with d '"+old+"'", want, contents(t, "."))
	}
}

// TestTwoLinks has two links write one output at one time: it is that of the one or the other.
func TestTwoLinks(t *testing.T) {
	chdirToObjects(t)
	results := map[string]bool{}
	args := [][]string{
		{"-o", "out.o", "--dependency-file", "out.d", "a.o"},
		{"-o", "out.o", "--dependency-file", "out.d", "a.o", "b.o"},
	}
	for _, a := range args {
		if status, stderr := runTool(t, a...); status != 0 {
			t.Fatal(stderr)
		}
		files := contents(t, ".")
		results[files["out.o"]], results[files["out.d"]] = true, true
	}
	for range 30 {
		cmds := []*exec.Cmd{toolCommand(t, args[0]...), toolCommand(t, args[1]...)}
		for _, c := range cmds {
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range cmds {
			if err := c.Wait(); err != nil {
				t.Error(err)
			}
		}
		files := contents(t, ".")
		if !results[files["out.o"]] || !results[files["out.d"]] {
			t.Error("the result is of neither link")
		}
		noStray(t, files)
	}
}

// stray returns the temporary files among some, of which there should be none.
func stray(files map[string]string) (names []string) {
	for f := range files {
		if strings.HasPrefix(f, ".bpf-sdt-link") {
			names = append(names, f)
		}
	}
	return names
}

func noStray(t *testing.T, files map[string]string) {
	t.Helper()
	if s := stray(files); len(s) > 0 {
		t.Errorf("left behind: %v", s)
	}
}

// TestShrinkingInput has somebody truncate an input and write it again, all the time. A run gives the right result or
// says what is wrong with this input, and does not crash.
func TestShrinkingInput(t *testing.T) {
	chdirToObjects(t)
	whole, err := os.ReadFile("a.o")
	if err != nil {
		t.Fatal(err)
	}
	if status := runQuietly("-o", "want.o", "a.o", "b.o"); status != 0 {
		t.Fatal(status)
	}
	want := contents(t, ".")["want.o"]
	writeText(t, "in.o", string(whole))
	stop, stopped := make(chan bool), make(chan error)
	go func() { stopped <- shrinkAndGrow("in.o", whole, stop) }()
	right, wrong := 0, 0
	for range 200 {
		os.Remove("out.o")
		var stdout, stderr bytes.Buffer
		switch status := run([]string{name, "-o", "out.o", "in.o", "b.o"}, nil, &stdout, &stderr); status {
		case 0:
			right++
			if contents(t, ".")["out.o"] != want {
				t.Error("a wrong result")
			}
		case exitFault:
			wrong++
			if first, _, _ := strings.Cut(stderr.String(), "\n"); !strings.HasPrefix(first, "in.o: error: ") {
				t.Errorf("says '%s'", stderr.String())
			}
		default:
			t.Errorf("status %d, '%s'", status, stderr.String())
		}
		for _, command := range []string{"probes", "check", "dump"} {
			if status := runQuietly(command, "in.o"); status != 0 && status != exitFault {
				t.Errorf("%s: status %d", command, status)
			}
		}
	}
	close(stop)
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	noStray(t, contents(t, "."))
	t.Logf("%d right results, %d errors", right, wrong)
	if wrong == 0 {
		t.Error("no run met a short file: nothing was tested")
	}
}

// shrinkAndGrow truncates a file at many lengths and writes the rest again, which never changes a byte that is there.
func shrinkAndGrow(path string, whole []byte, stop chan bool) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	for n := 0; ; n = (n + 501) % len(whole) {
		select {
		case <-stop:
			return nil
		default:
		}
		if err := f.Truncate(int64(n)); err != nil {
			return err
		}
		if _, err := f.WriteAt(whole[n:], int64(n)); err != nil {
			return err
		}
	}
}
