package linker_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"

	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/linker"
)

// deepSource is a program of two functions with OUTER and INNER bytes of stack, and many values that live for long.
const deepSource = `
#define SEC(name) __attribute__((section(name), used))
struct __sk_buff;
static __attribute__((noinline)) int inner(unsigned long a, unsigned long b)
{
	char stack[INNER] __attribute__((aligned(8)));
	unsigned long c = a * b, d = a + b, e = a ^ b, f = a | b, g = a & b, h = a - b;

	asm volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f) : "r"(stack) : "memory");
	asm volatile("%0 += 1\n%1 += 2\n%2 += 3\n%3 += 4" : "+r"(a), "+r"(b), "+r"(c), "+r"(d));
	asm volatile("%0 += 5\n%1 += 6\n%2 += 7\n%3 += 8" : "+r"(e), "+r"(f), "+r"(g), "+r"(h));
	return a + b * 3 + c * 5 + d * 7 + e * 11 + f * 13 + g * 17 + h * 19;
}

SEC("tc") int outer(struct __sk_buff *ctx)
{
	char stack[OUTER] __attribute__((aligned(8)));

	asm volatile("" : : "r"(stack) : "memory");
	return inner(3, 5) + inner(7, 2);
}

char LICENSE[] SEC("license") = "GPL";
`

func compileDeep(t *testing.T, clang string, outer, inner int) []byte {
	t.Helper()
	dir := t.TempDir()
	source, object := filepath.Join(dir, "deep.c"), filepath.Join(dir, "deep.o")
	if err := os.WriteFile(source, []byte(deepSource), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(clang, "-O2", "-g", "-target", "bpfel", "-mcpu=v3", fmt.Sprint("-DOUTER=", outer), fmt.Sprint("-DINNER=", inner), "-c", source, "-o", object)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	data, err := os.ReadFile(object)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestLowerStack lowers sites in programs around the limit of the stack. Where a site is refused for it, the kernel
// refuses the program as well when somebody uses as much stack in the same functions by hand; where all are lowered,
// it takes the program.
func TestLowerStack(t *testing.T) {
	needKernel(t)
	tested := false
	for _, clang := range []string{"clang-14", "clang-19", "clang-22"} {
		if _, err := exec.LookPath(clang); err != nil {
			t.Logf("%s is not installed", clang)
			continue
		}
		tested = true
		t.Run(clang, func(t *testing.T) {
			refused, lowered := 0, 0
			for inner := 200; inner <= 256; inner += 8 {
				for outer := 224; outer <= 272; outer += 16 {
					r, l := lowerDeep(t, clang, outer, inner)
					refused, lowered = refused+r, lowered+l
				}
			}
			t.Logf("%d sites lowered; %d refusals for the stack, and the kernel agrees with each", lowered, refused)
			if !t.Failed() && (refused == 0 || lowered == 0) {
				t.Error("the limit was never met, or never not met")
			}
		})
	}
	if !tested {
		t.Skip("no clang is installed")
	}
}

// lowerDeep puts sites before every third instruction, leaves out those that are refused until none is, and checks both
// what is refused and what is left.
func lowerDeep(t *testing.T, clang string, outer, inner int) (refused, lowered int) {
	t.Helper()
	name := fmt.Sprintf("outer %d, inner %d", outer, inner)
	obj := compileDeep(t, clang, outer, inner)
	l := corpusLink{name: name, inputs: []linker.Input{{Name: "deep.o", Data: obj}}}
	inputs := append(l.inputs[:1:1], linker.InsertedStubs(binary.LittleEndian))
	plain := loads(t, obj, nil)
	left := map[siteKey]bool{}
	for {
		lowered = 0
		res, err := linker.Link(context.Background(), inputs, linker.WithSites(linker.Options{}, func(q linker.SiteQuery) ([]uint8, bool) {
			if q.Insn%3 != inner/8%3 || left[siteKey{q.Object, q.Function, q.Insn}] {
				return nil, false
			}
			lowered++
			return []uint8{10}, true
		}))
		if err == nil {
			if err := loads(t, res.Object, nil); err != nil && plain == nil {
				t.Errorf("%s: with %d sites lowered it does not load: %v", name, lowered, lastOfLog(err))
			}
			return refused, lowered
		}
		var failure *diag.Failure
		if !errors.As(err, &failure) {
			t.Fatal(err)
		}
		for _, d := range failure.Diagnostics {
			key, ok := l.site(t, d.Place)
			if !ok || left[key] || d.ID != "lower-stack" {
				t.Fatalf("%s: %v", name, err)
			}
			left[key] = true
			refused++
			if err := loads(t, obj, depths(d.Message)); err == nil {
				t.Errorf("%s: the kernel takes a program with the stack that is refused: %s", name, d.Message)
			} else if !strings.Contains(err.Error(), "stack") {
				t.Errorf("%s: the kernel refuses what is refused, for another reason: %v", name, lastOfLog(err))
			}
		}
	}
}

var depthOf = regexp.MustCompile(`'?(inner|outer)'?\D+?(\d+)`)

// depths are the bytes of stack that a message says functions would use.
func depths(message string) map[string]int {
	all := map[string]int{}
	for _, m := range depthOf.FindAllStringSubmatch(message[strings.LastIndex(message, ":")+1:], -1) {
		all[m[1]], _ = strconv.Atoi(m[2])
	}
	return all
}

// loads loads an object, with functions made to use as many bytes of stack as is said.
func loads(t *testing.T, obj []byte, stack map[string]int) error {
	t.Helper()
	spec, err := ebpf.LoadCollectionSpecFromReader(bytes.NewReader(obj))
	if err != nil {
		t.Fatal(err)
	}
	p := spec.Programs["outer"]
	var insns asm.Instructions
	for _, ins := range p.Instructions {
		if n := stack[ins.Symbol()]; n > 0 {
			// At the start of the function, before any jump.
			store := asm.StoreMem(asm.RFP, int16(-n), asm.RFP, asm.DWord)
			store.Metadata = ins.Metadata
			ins.Metadata = asm.Metadata{}
			insns = append(insns, store)
		}
		insns = append(insns, ins)
	}
	p.Instructions = insns
	coll, err := ebpf.NewCollection(spec)
	if err == nil {
		coll.Close()
	}
	return err
}
