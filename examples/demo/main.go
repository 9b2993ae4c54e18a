// Demo links the example objects with the tool, shows what is in the result, and as root loads it and sends it packets.
//
//	demo -tool PATH -dir DIR
//
// The objects are written to DIR, to be played with. 'make demo' runs it.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/bpfsdt/bpf-sdt-link/examples"
)

// output is the name of the linked object.
const output = "fw.o"

func main() {
	tool := flag.String("tool", "bpf-sdt-link", "the tool, `PATH`")
	dir := flag.String("dir", ".", "the folder to work in, `DIR`")
	flag.Parse()
	if err := demo(*tool, *dir); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func demo(tool, dir string) error {
	tool, err := filepath.Abs(tool)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, name := range examples.Names {
		data, err := examples.Object(name)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return err
		}
	}
	fmt.Print("A firewall in three objects, which clang made of examples/firewall: an XDP program, a parser, a TC program.\n\n")

	run := func(args ...string) error {
		fmt.Println("$ bpf-sdt-link", strings.Join(args, " "))
		cmd := exec.Command(tool, args...)
		cmd.Dir, cmd.Stdout, cmd.Stderr = dir, os.Stdout, os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%s: %w", tool, err)
		}
		return nil
	}
	os.Remove(filepath.Join(dir, output))
	if err := run(append([]string{"-o", output}, examples.Names...)...); err != nil {
		return err
	}
	if err := run("check", output); err != nil {
		return err
	}
	fmt.Println("(no output: no faults)")
	if err := run("probes", output); err != nil {
		return err
	}
	obj, err := os.ReadFile(filepath.Join(dir, output))
	if err != nil {
		return err
	}
	fmt.Println()
	if err := load(obj); err != nil {
		return err
	}
	fmt.Printf("\nThe objects are in %s, and the tool is %s: try 'dump %s' next.\n", relative(dir), relative(tool), output)
	return nil
}

// relative shows a path as short as can be.
func relative(path string) string {
	wd, err := os.Getwd()
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(wd, path); err == nil && !strings.HasPrefix(rel, "..") {
		return rel
	}
	return path
}
