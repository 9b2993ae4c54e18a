package main

import (
	"embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/bpfsdt/bpf-sdt-link/include"

	"github.com/bpfsdt/bpf-sdt-link/scripts/host"
)

//go:embed testdata/probes.c testdata/counter.c
var sources embed.FS

// compiler is a clang, and a folder with the sources and the header.
type compiler struct {
	command, version, dir string
	flags                 []string
}

func newCompiler(command string) (*compiler, error) {
	command, version, err := host.Clang(command, "clang", "clang-22", "clang-21", "clang-20", "clang-19", "clang-16", "clang-14")
	if err != nil {
		return nil, err
	}
	cc := &compiler{command: command, version: version}
	if cc.dir, err = os.MkdirTemp("", "benchprobes-"); err != nil {
		return nil, err
	}
	cc.flags = []string{"-O2", "-g", "-target", "bpf", "-mcpu=v3", "-Wall", "-Werror", "-I" + cc.dir}
	cc.flags = append(cc.flags, host.IncludeFlags()...)
	return cc, cc.unpack()
}

func (cc *compiler) unpack() error {
	for _, name := range []string{"probes.c", "counter.c"} {
		text, err := sources.ReadFile("testdata/" + name)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(cc.dir, name), text, 0o644); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(cc.dir, "bpf_sdt.h"), include.Header(), 0o644)
}

func (cc *compiler) compile(source string, defines []string) ([]byte, error) {
	object := filepath.Join(cc.dir, "out.o")
	args := append([]string{}, cc.flags...)
	for _, d := range defines {
		args = append(args, "-D"+d)
	}
	cmd := exec.Command(cc.command, append(args, "-c", source, "-o", object)...)
	cmd.Dir = cc.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", cmd, err, out)
	}
	return os.ReadFile(object)
}

func (cc *compiler) close() { os.RemoveAll(cc.dir) }
