package main

import (
	"bytes"
	"cmp"
	"debug/buildinfo"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
)

const command = "./cmd/bpf-sdt-link"

// target is a system that binaries are made for.
type target struct{ os, arch string }

func (t target) String() string { return t.os + "/" + t.arch }

var targets = []target{{"darwin", "amd64"}, {"darwin", "arm64"}, {"linux", "amd64"}, {"linux", "arm64"}, {"windows", "amd64"}}

// binary is the command built for a target.
type binary struct {
	target
	data    []byte
	modules []*debug.Module // that it is made of, but for the main one
	notices []notice        // their licenses, and that of Go
}

// fixed is what decides about the bytes of a binary and could come from the environment.
var fixed = []string{
	"CGO_ENABLED=0", "GOAMD64=v1", "GOARM64=v8.0", "GOEXPERIMENT=", "GOFIPS140=off", "GOFLAGS=-buildvcs=false", "GOWORK=off",
}

// goCommand runs the Go tool in the source tree and returns what it prints.
func (r *release) goCommand(t target, args ...string) ([]byte, error) {
	cmd := exec.Command(cmp.Or(os.Getenv("GO"), "go"), args...)
	cmd.Dir = r.root
	cmd.Env = append(append(os.Environ(), fixed...), "GOOS="+t.os, "GOARCH="+t.arch)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w", args[0], err)
	}
	return out, nil
}

// compile builds the command and returns its file.
func (r *release) compile(t target) (string, error) {
	file := filepath.Join(r.temp, t.os+"-"+t.arch)
	args := append([]string{"build"}, r.flags...)
	_, err := r.goCommand(t, append(args, "-o", file, command)...)
	return file, err
}

// build makes the binary of a target.
func (r *release) build(t target) (*binary, error) {
	file, err := r.compile(t)
	if err != nil {
		return nil, err
	}
	b := &binary{target: t}
	if b.data, err = os.ReadFile(file); err != nil {
		return nil, err
	}
	if err := checkFormat(t, b.data); err != nil {
		return nil, err
	}
	info, err := buildinfo.Read(bytes.NewReader(b.data))
	if err != nil {
		return nil, err
	}
	if info.GoVersion != r.goTool {
		return nil, fmt.Errorf("built by %s, not by %s", info.GoVersion, r.goTool)
	}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		b.modules = append(b.modules, m)
	}
	b.notices, err = r.notices(t)
	return b, err
}

func host() target { return target{runtime.GOOS, runtime.GOARCH} }

// hostTool builds the command for this machine, to be asked for its completions, and finds out which Go builds.
func (r *release) hostTool() error {
	out, err := r.goCommand(host(), "env", "GOVERSION")
	if err != nil {
		return err
	}
	r.goTool = strings.TrimSpace(string(out))
	_, err = r.compile(host())
	return err
}

// ask runs the command on this machine and returns what it prints.
func (r *release) ask(args ...string) ([]byte, error) {
	cmd := exec.Command(filepath.Join(r.temp, host().os+"-"+host().arch), args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("bpf-sdt-link %s: %w", strings.Join(args, " "), err)
	}
	return out, nil
}
