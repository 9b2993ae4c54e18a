package linker_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cilium/ebpf"

	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/linker"
)

// versions returns the versions of an LLVM tool that are installed, as commands, the newest first: those that carry
// a number, or the bare name if none does.
func versions(name string) []string {
	var found []string
	for v := 40; v >= 14; v-- {
		if path, err := exec.LookPath(name + "-" + strconv.Itoa(v)); err == nil {
			found = append(found, path)
		}
	}
	if path, err := exec.LookPath(name); err == nil && len(found) == 0 {
		found = append(found, path)
	}
	return found
}

func newest(name string) string {
	if all := versions(name); len(all) > 0 {
		return all[0]
	}
	return ""
}

// tool runs a tool that has to succeed and to be silent on stderr.
func tool(t *testing.T, name string, args ...string) {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Stderr = &stderr
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	if err := cmd.Run(); err != nil || stderr.Len() > 0 {
		t.Errorf("%s %s: %v\n%s", filepath.Base(name), args[0], err, stderr.Bytes())
	}
}

// goldenLink is a link of a golden case: of all its objects, in the order of their names, of one compiler and byte order.
type goldenLink struct {
	inputs []linker.Input
	object []byte
}

// golden returns the golden cases that can be linked, by name.
func golden(t *testing.T) map[string]goldenLink {
	t.Helper()
	groups := map[string][]linker.Input{}
	paths, err := filepath.Glob("../golden/testdata/*/*.o.zst")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		base, _, _ := strings.Cut(filepath.Base(path), ".")
		// all.c includes the other sources of its case.
		if base == "all" {
			continue
		}
		group := filepath.Base(filepath.Dir(path)) + strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), base), ".o.zst")
		groups[group] = append(groups[group], linker.Input{Name: base + ".o", Data: data})
	}
	links := map[string]goldenLink{}
	for name, inputs := range groups {
		res, err := linker.Link(context.Background(), inputs, linker.Options{Output: "out.o"})
		var fault *diag.Failure
		if errors.As(err, &fault) {
			continue // what the case is about
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		links[name] = goldenLink{inputs, res.Object}
	}
	return links
}

// TestToolsReadOutput runs the tools that people look into objects with on all outputs at once.
func TestToolsReadOutput(t *testing.T) {
	dir := t.TempDir()
	files := map[string][]string{} // llvm-objdump 14 crashes on files of both byte orders
	add := func(name, endian string, obj []byte) {
		path := filepath.Join(dir, name+".o")
		files[endian] = append(files[endian], path)
		if err := os.WriteFile(path, obj, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range kernelCases {
		for _, compiler := range compilers {
			add("kernel."+c.name+"."+compiler, ".el", linkParts(t, c.name, compiler, c.links[0]))
		}
	}
	for name, link := range golden(t) {
		add("golden."+name, filepath.Ext(name), link.object)
	}

	commands := [][]string{}
	for _, p := range versions("llvm-readelf") {
		commands = append(commands, []string{p, "-a"})
	}
	for _, p := range versions("llvm-objdump") {
		commands = append(commands, []string{p, "-dr"})
	}
	if p, err := exec.LookPath("readelf"); err == nil {
		commands = append(commands, []string{p, "-a", "-W"})
	}
	if len(commands) == 0 {
		t.Skip("none of readelf, llvm-readelf and llvm-objdump is installed")
	}
	for _, c := range commands {
		for endian, paths := range files {
			t.Run(filepath.Base(c[0])+endian, func(t *testing.T) { tool(t, c[0], slices.Concat(c[1:], paths)...) })
		}
	}
}

// TestCiliumReadsOutput reads the outputs as a loader does, without a kernel. It does not ask for what cilium/ebpf
// cannot read in an input either: struct_ops, typed ksyms, jump tables, externs in code that nobody resolves.
func TestCiliumReadsOutput(t *testing.T) {
	read := func(obj []byte) error {
		_, err := ebpf.LoadCollectionSpecFromReader(bytes.NewReader(obj))
		return err
	}
	n := 0
	for name, link := range golden(t) {
		if slices.ContainsFunc(link.inputs, func(in linker.Input) bool {
			return errors.Is(read(plain(t, in.Data)), ebpf.ErrNotSupported)
		}) {
			continue
		}
		n++
		t.Run(name, func(t *testing.T) {
			if err := read(link.object); err != nil {
				t.Error(err)
			}
		})
	}
	if n == 0 {
		t.Error("there is no golden case that cilium/ebpf can read")
	}
}
