package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"

	"github.com/bpfsdt/bpf-sdt-link/scripts/host"
)

// compiler is a clang and the options for all sources.
type compiler struct {
	command, version string
	flags            []string
}

func findCompiler(command string) (*compiler, error) {
	command, version, err := host.Clang(command, "clang-19", "clang-22", "clang", "clang-21", "clang-20", "clang-18", "clang-16", "clang-14")
	if err != nil {
		return nil, err
	}
	cc := &compiler{command: command, version: version}
	cc.flags = []string{"-O2", "-g", "-target", "bpf", "-mcpu=v3", "-Wno-unknown-attributes", "-fdebug-compilation-dir=."}
	cc.flags = append(cc.flags, host.IncludeFlags()...)
	return cc, nil
}

// compile makes an object of a source in a set's folder src.
func (cc *compiler) compile(src, name, object string, more ...string) error {
	args := append([]string{}, cc.flags...)
	args = append(args, more...)
	cmd := exec.Command(cc.command, append(args, "-I.", "-c", name, "-o", object)...)
	cmd.Dir = src
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", cmd, err, bytes.TrimSpace(out))
	}
	return nil
}

// makeVmlinux writes the types of the running kernel, unless they are there.
func makeVmlinux(bpftool, path string) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	cmd := exec.Command(bpftool, "btf", "dump", "file", "/sys/kernel/btf/vmlinux", "format", "c")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	text, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("vmlinux.h, which -vmlinux could give: %s: %w\n%s", cmd, err, bytes.TrimSpace(stderr.Bytes()))
	}
	return os.WriteFile(path, text, 0o644)
}
