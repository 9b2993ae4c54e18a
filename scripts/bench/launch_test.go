package main

import (
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The launcher tells what a command took, and not what this program has; and that a command failed or took too long.
func TestOnce(t *testing.T) {
	b := &bench{launch: filepath.Join(t.TempDir(), "launch"), limit: 60}
	if out, err := exec.Command("go", "build", "-o", b.launch, "./launch").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	own := make([]byte, 64<<20)
	for i := range own {
		own[i] = 1
	}
	s, err := b.once("", "/bin/sh", "-c", "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done")
	if err != nil || s.Seconds <= 0 || s.CPU <= 0 || s.MiB <= 0 || s.MiB > 16 || s.CPU > s.Seconds+0.1 {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := b.once("", "/bin/sh", "-c", "echo reason >&2; exit 3"); err == nil || !strings.Contains(err.Error(), "exit status 3\nreason") {
		t.Errorf("a command that fails: %v", err)
	}
	if _, err := b.once("", "/does/not/exist"); err == nil {
		t.Error("no error for a command that is not there")
	}
	b.limit = 1
	if _, err := b.once("", "/bin/sleep", "30"); !errors.Is(err, errLate) {
		t.Errorf("a command that takes too long: %v", err)
	}
	own[0] = own[1]
}
