package linker_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bpfsdt/bpf-sdt-link/golden/rfcread"
)

// kernelSites are the probes of testdata/kernel and the functions that they are in. A function that the linker gave
// another name is here by its own.
var kernelSites = map[string][]string{
	"shapes": {"entry() in prog_none", "parse(struct xdp_md *) in length", "verdict(int, int) in prog_args"},
	"weak":   {"decided(int) in verdict"},
	"calls":  {"step(__u32, __u64) in each", "step(__u32, __u64) in each"},
	"tables": {"jumped(struct xdp_md *) in prog_jump", "jumped(struct xdp_md *) in prog_second"},
}

// TestKernelSites reads the probes of every link by the rules of the kernel RFC's loader.
func TestKernelSites(t *testing.T) {
	script := os.Getenv("BPF_SDT_READ_PROBES") // another reader of the same rules, in Python
	python, err := exec.LookPath("python3")
	if script != "" && err != nil {
		t.Skip("$BPF_SDT_READ_PROBES is set, and there is no python3")
	}
	eachLink(t, func(t *testing.T, dir, compiler string, parts []string) {
		out := linkParts(t, dir, compiler, parts)
		sites, faults, err := rfcread.Read(out)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range faults {
			t.Error(f)
		}
		var got []string
		for _, s := range sites {
			function, _, _ := strings.Cut(s.Function, ".")
			// whole.c of the case 'calls' names the two apart.
			if function == "each_a" {
				function = "each"
			}
			got = append(got, fmt.Sprintf("%s(%s) in %s", s.Name, strings.Join(s.Types, ", "), function))
		}
		slices.Sort(got)
		if diff := cmp.Diff(kernelSites[dir], got); diff != "" {
			t.Errorf("probes (-want +got):\n%s", diff)
		}
		if script != "" && compiler == "clang22" {
			readProbes(t, python, script, out, sites)
		}
	})
}

// readProbes compares what the script reads with what rfcread has read.
func readProbes(t *testing.T, python, script string, obj []byte, want []rfcread.Probe) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "out.o")
	if err := os.WriteFile(path, obj, 0o644); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(python, script, path)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", script, err, &stderr)
	}
	var got []rfcread.Probe
	if err := json.Unmarshal(stdout.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if len(got) == 0 && len(want) == 0 {
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s reads other sites (-rfcread +script):\n%s", script, diff)
	}
}
