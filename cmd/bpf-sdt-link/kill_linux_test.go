package main

import (
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"testing"
	"time"
)

// TestSignals ends a link at 200 moments. Afterwards the output and its dependency file are both old or both new, and
// whole. SIGINT and SIGTERM leave nothing else behind. SIGKILL, which no process can answer, may leave temporary files,
// and a new dependency file with the old output: make then links again, for the output is older than its inputs.
func TestSignals(t *testing.T) {
	chdirToObjects(t)
	args := []string{"-o", "out.o", "--dependency-file", "out.d", "a.o", "b.o"}
	if status, stderr := runTool(t, args...); status != 0 {
		t.Fatal(stderr)
	}
	whole := contents(t, ".")
	length := duration(t, args)
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	signals := []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGKILL}
	ended := map[string]int{}
	const maxAmidExec = 2 // one in some thousand, on a machine that has much to do
	amidExec := 0
	for i := range 200 {
		writeText(t, "out.o", "old object")
		writeText(t, "out.d", "old dependencies")
		signal := signals[i%len(signals)]
		after := time.Duration(random.Int64N(int64(length)))
		state := killAfter(t, toolCommand(t, args...), after, signal)
		files := contents(t, ".")
		newObject, newDeps := files["out.o"] == whole["out.o"], files["out.d"] == whole["out.d"]
		switch {
		case !newObject && files["out.o"] != "old object", !newDeps && files["out.d"] != "old dependencies":
			t.Errorf("%v after %v: a file is neither old nor new", signal, after)
		case newObject && !newDeps, newDeps && !newObject && signal != syscall.SIGKILL:
			t.Errorf("%v after %v: new object %t, new dependencies %t", signal, after, newObject, newDeps)
		case state.Exited() && state.ExitStatus() == 0 && newObject:
			ended["by itself"]++
		case state.Signaled() && state.Signal() == syscall.SIGSEGV && !newObject && !newDeps && amidExec < maxAmidExec:
			// The process counts as started once execve closes files; a signal just after that can make execve fail where
			// there is no way back, and then Linux ends the process by SIGSEGV, and logs no fault of it.
			amidExec++
		case !state.Signaled() || state.Signal() != signal:
			t.Errorf("%v after %v: wait status %#x", signal, after, state)
		default:
			ended["by "+signal.String()]++
		}
		if signal != syscall.SIGKILL {
			noStray(t, files)
		}
		for _, f := range stray(files) {
			os.Remove(f)
		}
	}
	t.Logf("seed %d, link of %v; ended: %v", seed, length, ended)
	if len(ended) < len(signals) {
		t.Error("hardly a run was ended by a signal")
	}
}

// duration is how long a run takes, and somewhat more, so that signals come at any moment of it.
func duration(t *testing.T, args []string) time.Duration {
	t.Helper()
	var all []time.Duration
	for range 9 {
		start := time.Now()
		if status, stderr := runTool(t, args...); status != 0 {
			t.Fatal(stderr)
		}
		all = append(all, time.Since(start))
	}
	slices.Sort(all)
	return all[len(all)/2] * 5 / 4
}

func killAfter(t *testing.T, cmd *exec.Cmd, after time.Duration, signal syscall.Signal) syscall.WaitStatus {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(after)
	_ = cmd.Process.Signal(signal) // it may have ended
	_ = cmd.Wait()
	return cmd.ProcessState.Sys().(syscall.WaitStatus)
}

// TestSignalsInCommit has the signals come while files appear, which a run from outside rarely meets: from a goroutine,
// in a process that commits all the time.
func TestSignalsInCommit(t *testing.T) {
	if os.Getenv("COMMIT_ALL_THE_TIME") != "" {
		commitAllTheTime(t)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	for i := range 60 {
		cmd := exec.Command(exe, "-test.run=^TestSignalsInCommit$")
		cmd.Env = append(os.Environ(), "COMMIT_ALL_THE_TIME=1")
		signal := []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP}[i%3]
		started := func() bool { _, err := os.Stat("o"); return err == nil }
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(20 * time.Second); !started() && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Duration(rand.Int64N(int64(3 * time.Millisecond))))
		_ = cmd.Process.Signal(signal)
		_ = cmd.Wait()
		if state := cmd.ProcessState.Sys().(syscall.WaitStatus); !state.Signaled() || state.Signal() != signal {
			t.Errorf("%v: wait status %#x", signal, state)
		}
		files := contents(t, ".")
		noStray(t, files)
		if files["d"] != files["o"] || files["d"] == "" {
			t.Errorf("%v: d is '%s', o is '%s'", signal, files["d"], files["o"])
		}
		for f := range files {
			os.Remove(f)
		}
	}
}

func commitAllTheTime(t *testing.T) {
	pending.watchSignals()
	for i := 0; ; i++ {
		w := (&tool{}).newWrites()
		text := []byte{byte('a' + i%26)}
		if err := w.add("d", bytes.NewReader(text)); err != nil {
			t.Fatal(err)
		}
		if err := w.add("o", bytes.NewReader(text)); err != nil {
			t.Fatal(err)
		}
		if err := w.commit(); err != nil {
			t.Fatal(err)
		}
	}
}
