package include

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// clangs are the compilers that the header promises to work with. The mcpu levels are each one's own: a level that
// it does not have is left out here and never skipped in silence.
var clangs = []struct {
	name  string
	mcpus []string
}{
	{"clang-14", []string{"v1", "v2", "v3"}},
	{"clang-16", []string{"v1", "v2", "v3"}},
	{"clang-19", []string{"v1", "v2", "v3", "v4"}},
	{"clang-22", []string{"v1", "v2", "v3", "v4"}},
}

// c2x is what clang 14 and 16 call c23; later ones know both names.
var stds = []string{"c17", "gnu17", "c2x"}

var strict = []string{"-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Wmissing-variable-declarations", "-Werror"}

// forEachClang runs a subtest a compiler. What is missing is named by the skip.
func forEachClang(t *testing.T, test func(t *testing.T, clang string, mcpus []string)) {
	t.Parallel()
	for _, c := range clangs {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			needs(t, c.name)
			test(t, c.name, c.mcpus)
		})
	}
}

func needs(t *testing.T, tool string) {
	t.Helper()
	if _, err := exec.LookPath(tool); err != nil {
		t.Skipf("skipped: %s not found", tool)
	}
}

// errCompile is that the compiler has said no, and not that it could not be run.
var errCompile = errors.New("does not compile")

// track reads what a compiler is about to read, for the cache of test results does not see what a child process opens.
func track(t *testing.T, source string) {
	t.Helper()
	for _, file := range []string{Name, "testdata/vmlinux.h", filepath.Join("testdata", source)} {
		if _, err := os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
}

// run compiles a file of testdata and returns the object and what the compiler printed.
func run(t *testing.T, compiler, source string, args ...string) (object []byte, output string, err error) {
	t.Helper()
	track(t, source)
	out := filepath.Join(t.TempDir(), "out.o")
	args = append(args, "-I.", "-c", filepath.Join("testdata", source), "-o", out)
	text, err := exec.Command(compiler, args...).CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil, string(text), fmt.Errorf("%w: %s %s:\n%s", errCompile, compiler, strings.Join(args, " "), text)
	}
	if err != nil {
		t.Fatal(err)
	}
	object, err = os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return object, string(text), nil
}

func compile(t *testing.T, compiler, source string, args ...string) []byte {
	t.Helper()
	object, _, err := run(t, compiler, source, args...)
	if err != nil {
		t.Fatal(err)
	}
	return object
}

// check has the compiler look at a file of testdata without an object to write, and says whether it took it.
func check(t *testing.T, compiler, source string, args ...string) (output string, ok bool) {
	t.Helper()
	track(t, source)
	args = append(args, "-I.", filepath.Join("testdata", source))
	text, err := exec.Command(compiler, args...).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(text), err == nil
}

func bpf(args ...string) []string {
	return append([]string{"-target", "bpfel", "-g", "-O2", "-mcpu=v3"}, args...)
}

const nop = "0500000000000000"

// TestFormat holds the objects to the format, for every compiler, instruction set and byte order.
func TestFormat(t *testing.T) {
	forEachClang(t, func(t *testing.T, clang string, mcpus []string) {
		combination := 0
		for _, mcpu := range mcpus {
			for _, target := range []string{"bpfel", "bpfeb"} {
				std := stds[combination%len(stds)]
				combination++
				t.Run(mcpu+"/"+target+"/"+std, func(t *testing.T) {
					t.Parallel()
					args := slices.Concat(strict, []string{"-target", target, "-mcpu=" + mcpu, "-std=" + std, "-g", "-O2"})
					checkTypes(t, readObject(t, compile(t, clang, "types.c", args...)))
				})
			}
		}
	})
}

func checkTypes(t *testing.T, o *object) {
	t.Helper()
	wantSites := []site{
		{"none", "xdp", nop, 0},
		{"context", "xdp", nop, 1},
		{"my_trace", "xdp", nop, 2},
		{"narrow", "xdp", nop, 3},
		{"mixed", "xdp", nop, 4},
		{"wide", "xdp", nop, 5},
		{"counted_none", "xdp", nop, 0},
		{"counted_two", "xdp", nop, 2},
		{"counted_five", "xdp", nop, 5},
		{"twice", "xdp", nop, 1},
		{"twice", "xdp", nop, 1},
		{"my_trace", ".text", nop, 2},
		{"packed", ".text", nop, 2},
	}
	// The two arms of an if may come in either order, and a compiler may put .text before the program.
	byPlace := func(a, b site) int {
		return strings.Compare(b.Section+a.Probe, a.Section+b.Probe)
	}
	slices.SortFunc(wantSites, byPlace)
	if diff := cmp.Diff(wantSites, slices.SortedFunc(slices.Values(o.sites), byPlace)); diff != "" {
		t.Errorf("sites (-want +got):\n%s", diff)
	}
	for i, label := range o.labels {
		if !regexp.MustCompile(`^___sdt_jt_` + o.sites[i].Probe + `\.[0-9]+$`).MatchString(label) {
			t.Errorf("label %q", label)
		}
	}
	if sorted := slices.Sorted(slices.Values(o.labels)); len(slices.Compact(sorted)) != len(o.labels) {
		t.Errorf("labels are not unique: %q", o.labels)
	}

	const chain = "VAR static CONST PTR FUNC_PROTO void"
	wantDeclared := map[string]declaration{
		"none":         {chain, nil},
		"context":      {chain, []string{"struct context *"}},
		"my_trace":     {chain, []string{"int", "int"}},
		"narrow":       {chain, []string{"unsigned char", "short", "_Bool"}},
		"mixed":        {chain, []string{"enum verdict", "const char *", "unsigned long long", "void *"}},
		"wide":         {chain, []string{"long", "u32", "void(int, char) *", "struct pair", "struct rgb"}},
		"counted_none": {chain, nil},
		"counted_two":  {chain, []string{"char", "union word"}},
		"counted_five": {chain, []string{"int", "int", "int", "int", "int"}},
		"packed":       {chain, []string{"struct rgb", "struct pair"}},
		"unused":       {chain, []string{"struct seen_here_first *", "volatile char *"}},
		"twice":        {chain, []string{"int"}},
	}
	for _, d := range o.declared {
		for i, name := range d.Types {
			if name == "bool" { // clang before 22 calls it _Bool
				d.Types[i] = "_Bool"
			}
		}
	}
	if diff := cmp.Diff(wantDeclared, o.declared); diff != "" {
		t.Errorf("declarations (-want +got):\n%s", diff)
	}
	checkSections(t, o, wantDeclared)
	checkConstants(t, o)
}

// checkSections looks at the two sections beside the notes, and at the variables in them.
func checkSections(t *testing.T, o *object, declared map[string]declaration) {
	t.Helper()
	wantVars := map[string]string{}
	for name, d := range declared {
		wantVars["__sdt_type_"+name] = "STB_LOCAL STT_OBJECT .debug_bpf_sdt_types SHF_ALLOC"
		for i := range d.Types {
			wantVars[fmt.Sprintf("__sdt_chk_%s_%d", name, i+1)] = "STB_GLOBAL STT_OBJECT .debug_bpf_sdt_chk SHF_WRITE+SHF_ALLOC"
		}
	}
	gotVars := map[string]string{}
	for _, s := range o.symbols {
		if strings.HasPrefix(s.Name, "__sdt_") {
			section := o.file.Sections[s.Section]
			gotVars[s.Name] = fmt.Sprint(elf.ST_BIND(s.Info), " ", elf.ST_TYPE(s.Info), " ", section.Name, " ", section.Flags)
		}
	}
	if diff := cmp.Diff(wantVars, gotVars); diff != "" {
		t.Errorf("variables (-want +got):\n%s", diff)
	}
	for _, want := range []string{".debug_bpf_sdt_chk", ".debug_bpf_sdt_types"} {
		if !slices.Contains(o.datasecs, want) {
			t.Errorf("no DATASEC %s: %q", want, o.datasecs)
		}
	}
}

// checkConstants follows the registers of a note back to the constants that the source passes, in its order. A small
// aggregate is in the low bits as the integer that its bytes are in the byte order of the target, which is also how
// clang 22 passes one to a function.
func checkConstants(t *testing.T, o *object) {
	t.Helper()
	want := map[string][]uint64{"counted_five": {11, 22, 33, 44, 55}, "packed": {0x030201, 4 << 32}}
	if o.file.Data == elf.ELFDATA2MSB {
		want["packed"] = []uint64{0x010203, 4}
	}
	got := map[string][]uint64{}
	for i, s := range o.sites {
		if want[s.Probe] == nil {
			continue
		}
		for _, reg := range o.regs[i] {
			got[s.Probe] = append(got[s.Probe], o.constant(i, reg))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("constants in the registers (-want +got):\n%s", diff)
	}
}

// TestSites is about labels: one line of source that becomes several sites.
func TestSites(t *testing.T) {
	forEachClang(t, func(t *testing.T, clang string, _ []string) {
		want := []site{
			{"step", "xdp", nop, 2}, {"step", "tc", nop, 2}, {"step", "tc", nop, 2}, {"step", "tc", nop, 2},
		}
		for _, level := range []string{"-O1", "-O2", "-Os"} {
			o := readObject(t, compile(t, clang, "sites.c", bpf(slices.Concat(strict, []string{level, "-std=c17"})...)...))
			if diff := cmp.Diff(want, o.sites); diff != "" {
				t.Errorf("%s: sites (-want +got):\n%s", level, diff)
			}
		}
		_, output, err := run(t, clang, "sites.c", bpf("-DBPF_SDT_BARE_LABELS")...)
		if err == nil || !strings.Contains(output, "___sdt_jt_step' is already defined") {
			t.Errorf("bare labels: got %q, want the label to be defined twice", output)
		}
		o := readObject(t, compile(t, clang, "once.c", bpf("-DBPF_SDT_BARE_LABELS")...))
		if diff := cmp.Diff([]string{"___sdt_jt_one", "___sdt_jt_two", "___sdt_jt_three", "___sdt_jt_four", "___sdt_jt_five"}, o.labels); diff != "" {
			t.Errorf("bare labels (-want +got):\n%s", diff)
		}
	})
}

// TestOnce compares a program with a probe to the same program with an empty asm of the same operands: beside the NOP
// it is the same code, so each argument is evaluated once, and the note costs no instruction.
func TestOnce(t *testing.T) {
	forEachClang(t, func(t *testing.T, clang string, mcpus []string) {
		for _, mcpu := range mcpus {
			with := readObject(t, compile(t, clang, "once.c", bpf("-mcpu="+mcpu, "-Werror", "-Wall")...))
			without := readObject(t, compile(t, clang, "once.c", bpf("-mcpu="+mcpu, "-DEXPECTED")...))
			if len(with.sites) != 5 {
				t.Fatalf("%d sites, want 5", len(with.sites))
			}
			code := slices.Clone(with.bytes(with.file.Section(".text")))
			for _, at := range slices.Backward(slices.Sorted(slices.Values(with.offsets))) {
				code = slices.Delete(code, int(at), int(at)+8)
			}
			if want := without.bytes(without.file.Section(".text")); !bytes.Equal(code, want) {
				t.Errorf("%s: code without the NOP\n%x\nwant\n%x", mcpu, code, want)
			}
		}
	})
}

// TestDisabled checks that a disabled probe leaves nothing behind, and needs no BPF.
func TestDisabled(t *testing.T) {
	forEachClang(t, func(t *testing.T, clang string, _ []string) {
		for _, std := range stds {
			args := bpf(slices.Concat(strict, []string{"-DBPF_SDT_DISABLE", "-std=" + std})...)
			got := compile(t, clang, "disabled.c", args...)
			o := readObject(t, got)
			for _, name := range o.names() {
				if strings.Contains(name, "sdt") {
					t.Errorf("%s: %s is left", std, name)
				}
			}
			want := readObject(t, compile(t, clang, "disabled.c", bpf("-DEXPECTED")...))
			for _, section := range []string{".text", ".BTF"} {
				if g, w := o.bytes(o.file.Section(section)), want.bytes(want.file.Section(section)); !bytes.Equal(g, w) {
					t.Errorf("%s: %s differs from a source without probes:\n%q\nwant\n%q", std, section, g, w)
				}
			}
		}
		// On the host, where there is no bpf target to ask for.
		compile(t, clang, "disabled.c", append(slices.Clone(strict), "-DBPF_SDT_DISABLE", "-O2")...)
		if _, output, err := run(t, clang, "reject.c", bpf("-DBPF_SDT_DISABLE", "-DUSE=BPF_SDT_PROBE2(two, l, 1)")...); err == nil ||
			!strings.Contains(output, "BPF_SDT: argument 1 of probe 'two'") {
			t.Errorf("a wrong argument of a disabled probe: got %q", output)
		}
	})
}

// TestDisabledGCC is for programs whose logic is also compiled for the host, by whatever compiler is there.
func TestDisabledGCC(t *testing.T) {
	t.Parallel()
	needs(t, "gcc")
	compile(t, "gcc", "disabled.c", "-DBPF_SDT_DISABLE", "-O2", "-Wall", "-Wextra", "-Werror")
}

// TestLibbpf includes the header before and after libbpf's.
func TestLibbpf(t *testing.T) {
	const header = "/usr/include/bpf/bpf_helpers.h"
	if _, err := os.Stat(header); err != nil {
		t.Skipf("skipped: %s not found", header)
	}
	forEachClang(t, func(t *testing.T, clang string, _ []string) {
		for _, order := range []string{"-DHEADER_FIRST", "-DHEADER_LAST"} {
			o := readObject(t, compile(t, clang, "libbpf.c", bpf(order, "-Wall", "-Wextra", "-Werror")...))
			if diff := cmp.Diff([]site{{"task", "tp_btf/sched_switch", nop, 4}}, o.sites); diff != "" {
				t.Errorf("%s: sites (-want +got):\n%s", order, diff)
			}
		}
	})
}

// TestTarget checks the three ways in which the header refuses to be compiled at all.
func TestTarget(t *testing.T) {
	forEachClang(t, func(t *testing.T, clang string, _ []string) {
		for _, c := range []struct {
			args []string
			want string
		}{
			{[]string{"-O2"}, `bpf_sdt.h is for BPF programs: compile with -target bpf`},
			{[]string{"-x", "c++", "-target", "bpf"}, `bpf_sdt.h is for C`},
			{[]string{"-x", "c++", "-DBPF_SDT_DISABLE"}, `bpf_sdt.h is for C`},
		} {
			_, output, err := run(t, clang, "sites.c", c.args...)
			if err == nil || !strings.Contains(output, c.want) {
				t.Errorf("%q: got %q, want an error with %q", c.args, output, c.want)
			}
		}
	})
}
