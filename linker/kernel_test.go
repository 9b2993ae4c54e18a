package linker_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bpfsdt/bpf-sdt-link/linker"
)

// The programs of testdata/kernel are linked from their parts and run in the machine's kernel, and must do what the
// same sources do that were compiled as one file.

// compilers are those that made the committed objects.
var compilers = []string{"clang14", "clang19", "clang22"}

// kernelCases are the folders of testdata/kernel, and the ways to link each. Every link is of the whole program.
var kernelCases = []struct {
	name  string
	links [][]string
}{
	// The three shapes of the kernel RFC's selftests, from one, two and three objects.
	{"shapes", slices.Concat(
		[][]string{{"whole"}},
		orders("args", "none_ctx"), orders("none", "args_ctx"), orders("ctx", "args_none"),
		orders("args", "none", "ctx"),
	)},
	// .data, .rodata, .bss and maps, used across objects; static variables of one name.
	{"data", append(orders("a", "b", "c"), []string{"whole"})},
	// A weak function in .text, overridden, that is between functions that stay.
	{"weak", append(orders("weak", "strong"), []string{"whole"})},
	// Calls across objects, static subprograms and callbacks of one name.
	{"calls", append(orders("a", "b", "c"), []string{"whole"})},
	// CO-RE relocations against types that two objects describe differently.
	{"core", append(orders("a", "b"), []string{"whole"})},
	// What the loader has to know: the kernel's version.
	{"externs", append(orders("a", "b"), []string{"whole"})},
	// Maps whose values are programs and maps of another object. libbpf creates maps in the order in which they stand,
	// so the inner one comes first.
	{"tables", [][]string{{"b", "a"}, {"whole"}}},
}

// orders returns all orders of names.
func orders(names ...string) [][]string {
	if len(names) == 1 {
		return [][]string{names}
	}
	var all [][]string
	for i, first := range names {
		for _, rest := range orders(slices.Concat(names[:i], names[i+1:])...) {
			all = append(all, append([]string{first}, rest...))
		}
	}
	return all
}

// eachLink calls test with every link of every case, by every compiler.
func eachLink(t *testing.T, test func(t *testing.T, dir, compiler string, parts []string)) {
	for _, c := range kernelCases {
		for _, compiler := range compilers {
			for _, parts := range c.links {
				t.Run(c.name+"/"+compiler+"/"+strings.Join(parts, "+"), func(t *testing.T) {
					test(t, c.name, compiler, parts)
				})
			}
		}
	}
}

func kernelObject(t *testing.T, dir, compiler, part string) linker.Input {
	t.Helper()
	path := filepath.Join("testdata", "kernel", dir, part+"."+compiler+".el.o.zst")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return linker.Input{Name: part + ".o", Data: data}
}

func linkAll(t *testing.T, inputs []linker.Input) []byte {
	t.Helper()
	res, err := linker.Link(context.Background(), inputs, linker.Options{Output: "out.o"})
	if err != nil {
		t.Fatalf("link: %v", err)
	}
	return res.Object
}

func linkParts(t *testing.T, dir, compiler string, parts []string) []byte {
	t.Helper()
	var inputs []linker.Input
	for _, p := range parts {
		inputs = append(inputs, kernelObject(t, dir, compiler, p))
	}
	return linkAll(t, inputs)
}

// whole returns the object that the compiler made of all parts at once; no linker has seen it.
func whole(t *testing.T, dir, compiler string) []byte {
	t.Helper()
	return plain(t, kernelObject(t, dir, compiler, "whole").Data)
}

// sameBehaviour loads and runs got and want and compares what they did.
func sameBehaviour(t *testing.T, run func(*testing.T, []byte) string, got, want []byte) {
	t.Helper()
	w := run(t, want)
	g := run(t, got)
	if diff := cmp.Diff(w, g); diff != "" {
		t.Errorf("the linked program does not do what the single-file build does (-single +linked):\n%s", diff)
	}
}

func TestKernelCilium(t *testing.T) {
	needKernel(t)
	eachLink(t, func(t *testing.T, dir, compiler string, parts []string) {
		sameBehaviour(t, runCilium, linkParts(t, dir, compiler, parts), whole(t, dir, compiler))
	})
}

func TestKernelLibbpf(t *testing.T) {
	needKernel(t)
	needLibbpf(t)
	eachLink(t, func(t *testing.T, dir, compiler string, parts []string) {
		sameBehaviour(t, runLibbpf, linkParts(t, dir, compiler, parts), whole(t, dir, compiler))
	})
}

// TestKernelKsyms asks for addresses of the kernel's symbols and for configuration that may lack, which cilium/ebpf 0.22
// does not know to do.
func TestKernelKsyms(t *testing.T) {
	needKernel(t)
	needLibbpf(t)
	for _, compiler := range compilers {
		for _, parts := range orders("a", "b") {
			t.Run(compiler+"/"+strings.Join(parts, "+"), func(t *testing.T) {
				sameBehaviour(t, runLibbpf, linkParts(t, "ksyms", compiler, parts), whole(t, "ksyms", compiler))
			})
		}
	}
}

// TestKernelMixed links parts that different compilers made.
func TestKernelMixed(t *testing.T) {
	needKernel(t)
	needLibbpf(t)
	for _, c := range kernelCases {
		for shift := range compilers {
			parts := slices.MaxFunc(c.links, func(a, b []string) int { return len(a) - len(b) })
			var inputs []linker.Input
			var names []string
			for i, p := range parts {
				compiler := compilers[(i+shift)%len(compilers)]
				inputs = append(inputs, kernelObject(t, c.name, compiler, p))
				names = append(names, p+"."+compiler)
			}
			t.Run(c.name+"/"+strings.Join(names, "+"), func(t *testing.T) {
				out, want := linkAll(t, inputs), whole(t, c.name, "clang22")
				sameBehaviour(t, runCilium, out, want)
				sameBehaviour(t, runLibbpf, out, want)
			})
		}
	}
}

// TestKernelRelinked links a link with the part that it lacks: an output is as good an input as any.
func TestKernelRelinked(t *testing.T) {
	needKernel(t)
	needLibbpf(t)
	for _, dir := range []string{"shapes", "data", "calls"} {
		for _, compiler := range compilers {
			t.Run(dir+"/"+compiler, func(t *testing.T) {
				parts := []string{"a", "b", "c"}
				if dir == "shapes" {
					parts = []string{"args", "none", "ctx"}
				}
				first := linker.Input{Name: "first.o", Data: linkParts(t, dir, compiler, parts[:2])}
				out := linkAll(t, []linker.Input{kernelObject(t, dir, compiler, parts[2]), first})
				sameBehaviour(t, runCilium, out, whole(t, dir, compiler))
				sameBehaviour(t, runLibbpf, out, whole(t, dir, compiler))
			})
		}
	}
}

// TestKernelStripped loads what llvm-strip -g leaves of an output: bpf2go always runs it.
func TestKernelStripped(t *testing.T) {
	needKernel(t)
	strip := newest("llvm-strip")
	if strip == "" {
		t.Skip("no llvm-strip is installed")
	}
	eachLink(t, func(t *testing.T, dir, compiler string, parts []string) {
		path := filepath.Join(t.TempDir(), "out.o")
		if err := os.WriteFile(path, linkParts(t, dir, compiler, parts), 0o644); err != nil {
			t.Fatal(err)
		}
		tool(t, strip, "-g", path)
		stripped, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		sameBehaviour(t, runCilium, stripped, whole(t, dir, compiler))
	})
}

// TestKernelCases says what the programs do, so that two that do nothing are not taken for equal.
func TestKernelCases(t *testing.T) {
	needKernel(t)
	for _, tt := range []struct {
		dir  string
		want []string
	}{
		{"shapes", []string{"prog_args 14: 1,", "prog_args 65: 2", "prog_none 64: 0", "prog_none 65: 2", "prog_ctx 65: 2", "prog_ctx 150: 1"}},
		{"data", []string{"map flows: 3 entries", "map counts: 4 entries", "var total:", "var limit: 64000000", "var bytes_seen:", "var last_flow:"}},
		{"weak", []string{"prog_weak 14:", "prog_strong 14:"}},
		{"externs", []string{"prog_a 14: 1,"}},
		{"tables", []string{"prog_jump 14: 11,", "prog_jump 65: ", "prog_jump 15: 99,", "prog_second 14:"}},
		{"calls", []string{"prog_a 14:", "prog_b 14:", "prog_c 14:"}},
		// XDP has no task_struct of its own: a test run is in the context of the process that asks for it.
		{"core", []string{fmt.Sprintf("var seen_tgid: %02x%02x", os.Getpid()&0xff, os.Getpid()>>8&0xff), "var seen_comm: 6c696e6b"}},
	} {
		t.Run(tt.dir, func(t *testing.T) {
			got := runCilium(t, whole(t, tt.dir, "clang22"))
			for _, want := range tt.want {
				if !strings.Contains(got, want) {
					t.Errorf("no %q in what the program did:\n%s", want, got)
				}
			}
		})
	}
}
