package linker_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bpfsdt/bpf-sdt-link/linker"
)

// What options change has to load, and do the same.

// runBoth loads and runs an object with both loaders, and returns what programs and maps are after it: variables that have
// become local have other names, or are not seen.
func runBoth(t *testing.T, data []byte) string {
	t.Helper()
	var both []string
	for _, run := range []func(*testing.T, []byte) string{runCilium, runLibbpf} {
		var lines []string
		for line := range strings.SplitSeq(run(t, data), "\n") {
			if !strings.HasPrefix(line, "var ") {
				lines = append(lines, line)
			}
		}
		both = append(both, strings.Join(lines, "\n"))
	}
	return strings.Join(both, "\n---\n")
}

// A library's functions and variables made local, with names of their own.
func TestKernelLocalized(t *testing.T) {
	needKernel(t)
	needLibbpf(t)
	for _, dir := range []string{"calls", "data", "weak"} {
		for _, compiler := range compilers {
			t.Run(dir+"/"+compiler, func(t *testing.T) {
				parts := []string{"a", "b", "c"}
				if dir == "weak" {
					parts = []string{"weak", "strong"}
				}
				var inputs []linker.Input
				for _, p := range parts {
					inputs = append(inputs, kernelObject(t, dir, compiler, p))
				}
				res, err := linker.Link(context.Background(), inputs, linker.Options{Output: "out.o", Map: true,
					Localize: []string{"*"}, Prefix: "lib_", PrefixMap: []linker.PrefixMap{{Old: ".", New: "/src"}}})
				if err != nil {
					t.Fatal(err)
				}
				if len(res.Map.Promoted) == 0 || len(res.Map.Renamed) == 0 {
					t.Errorf("%d symbols are made local, %d renamed", len(res.Map.Promoted), len(res.Map.Renamed))
				}
				if diff := cmp.Diff(runBoth(t, whole(t, dir, compiler)), runBoth(t, res.Object)); diff != "" {
					t.Errorf("it does not do what the single-file build does (-single +linked):\n%s", diff)
				}
			})
		}
	}
}

// Golden cases that need options, or are not C.
func TestKernelGolden(t *testing.T) {
	needKernel(t)
	needLibbpf(t)
	for _, test := range []struct {
		dir  string
		opts linker.Options
		want []string
	}{
		{"map_copies", linker.Options{AllowMultiple: true}, []string{"prog_a 14: 2", "prog_b 14: 2", "map flows"}},
		{"cplusplus", linker.Options{}, []string{"prog_a 14: 29", "prog_a 150: 30", "prog_b 14: 17"}},
		{"note", linker.Options{}, []string{"prog 14: 0", "other 14: 1"}},
	} {
		for _, compiler := range compilers {
			t.Run(test.dir+"/"+compiler, func(t *testing.T) {
				var inputs []linker.Input
				for _, part := range []string{"a", "b"} {
					data, err := os.ReadFile(filepath.Join("..", "golden", "testdata", test.dir, part+"."+compiler+".el.o.zst"))
					if err != nil {
						t.Fatal(err)
					}
					inputs = append(inputs, linker.Input{Name: part + ".o", Data: data})
				}
				res, err := linker.Link(context.Background(), inputs, test.opts)
				if err != nil {
					t.Fatal(err)
				}
				got := runBoth(t, res.Object)
				for _, want := range test.want {
					if strings.Count(got, want) != 2 {
						t.Errorf("no %q by both loaders in\n%s", want, got)
					}
				}
			})
		}
	}
}
