package linker_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/cilium/ebpf"

	"github.com/bpfsdt/bpf-sdt-link/linker"
)

// testPackets are what the programs of the corpus are run on.
func testPackets() [][]byte {
	random := make([]byte, 64)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range random {
		random[i] = byte(r.Uint32())
	}
	return [][]byte{make([]byte, 64), random}
}

// runPrograms loads an object with cilium/ebpf, or with libbpf if that does not take it, runs programs of it, and says
// what each returned and made of the packets. The error tells what both said.
func runPrograms(t *testing.T, obj []byte, runs []corpusRun) (text, loader string, err error) {
	s, err := ebpf.LoadCollectionSpecFromReader(bytes.NewReader(obj))
	var coll *ebpf.Collection
	if err == nil {
		coll, err = ebpf.NewCollection(s)
	}
	if err == nil {
		defer coll.Close()
		text, err = runEach(coll.Programs, runs)
		return text, "cilium/ebpf", err
	}
	path := filepath.Join(t.TempDir(), "out.o")
	if err := os.WriteFile(path, obj, 0o644); err != nil {
		t.Fatal(err)
	}
	pins, pinErr := os.MkdirTemp(bpffs, "sdt-diff-")
	if pinErr != nil {
		t.Fatal(pinErr)
	}
	defer os.RemoveAll(pins)
	if out, libbpfErr := exec.Command("bpftool", "prog", "loadall", path, pins+"/programs").CombinedOutput(); libbpfErr != nil {
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		return "", "", fmt.Errorf("%w; libbpf: %s", err, strings.Join(lines[max(0, len(lines)-6):], "\n"))
	}
	programs := map[string]*ebpf.Program{}
	for name, path := range pinned(t, pins+"/programs") {
		if programs[name], err = ebpf.LoadPinnedProgram(path, nil); err != nil {
			t.Fatal(err)
		}
		defer programs[name].Close()
	}
	text, err = runEach(programs, runs)
	return text, "libbpf", err
}

func runEach(programs map[string]*ebpf.Program, runs []corpusRun) (string, error) {
	var text strings.Builder
	for _, r := range runs {
		p := programs[r.program]
		if p == nil {
			return "", fmt.Errorf("no program %s", r.program)
		}
		for i, packet := range testPackets() {
			out := make([]byte, len(packet)+256)
			opts := ebpf.RunOptions{Data: packet, DataOut: out}
			ret, err := runOnce(p, &opts)
			if err != nil {
				return "", fmt.Errorf("run %s: %w", r.program, err)
			}
			fmt.Fprintf(&text, "%s on packet %d: %d, %s\n", r.program, i, int32(ret), change(packet, opts.DataOut))
		}
	}
	return text.String(), nil
}

// wrongSection is the reason of a fault that bpftool does not show in every run: it writes a size to the wrong place.
const wrongSection = "a variable in the wrong DATASEC"

// notLoaded names links of bpftool's that neither loader takes, and what libbpf says of each.
var notLoaded = []struct {
	folder string
	says   *regexp.Regexp
	reason string
}{
	{"dead_code", says(`failed to find BTF for extern`), "a dead body's extern"},
	{"function_sections", says(`is static and not supported`), "functions of .text.* are programs to libbpf"},
	{"static_names", says(`Error finalizing .BTF`), "clang 14 lists constants of .rodata.str1.1 in the DATASEC of .rodata"},
	{"weak_all", says(`failed to find map for section`), "a stale offset of a map"},
	{"weak_sections", says(`(?s).`), wrongSection},
}

// TestDifferentialRun runs programs of the corpus as bpftool links them and as we do. What the two return and do to
// packets is the same.
func TestDifferentialRun(t *testing.T) {
	version := needReference(t)
	needKernel(t)
	needLibbpf(t)
	met := map[string]bool{}
	for _, l := range folderLinks(t) {
		if l.order != "el" || len(l.runs) == 0 {
			continue
		}
		name := strings.TrimPrefix(l.name, "corpus/")
		t.Run(name, func(t *testing.T) {
			ref := l.reference(t)
			got, loader, err := runPrograms(t, link(l.inputs, linker.Options{}), l.runs)
			want, theirLoader, theirErr := "", "", error(nil)
			if ref.refusal == "" {
				want, theirLoader, theirErr = runPrograms(t, ref.object, l.runs)
			}
			for _, d := range notLoaded {
				if strings.HasPrefix(name, d.folder+"/") && theirErr != nil && err == nil && d.says.MatchString(theirErr.Error()) {
					met[d.folder] = true
					return
				}
			}
			switch {
			case err != nil || theirErr != nil:
				t.Errorf("bpftool's: %v\nhere: %v", theirErr, err)
			case ref.refusal == "" && want != got:
				t.Errorf("bpftool's link does\n%s\nours\n%s", want, got)
			case theirLoader == "cilium/ebpf" && loader != theirLoader:
				t.Errorf("cilium/ebpf loads bpftool's link, and only libbpf loads ours")
			}
		})
	}
	for _, d := range notLoaded {
		if !met[d.folder] && d.reason != wrongSection && version == 701 && !t.Failed() {
			t.Errorf("bpftool's link of %s loads", d.folder)
		}
	}
}
