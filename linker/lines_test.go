package linker_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"
)

// multiplier is for each constant that testdata/kernel/weak multiplies by the function that does. The constant stands
// in the source line as well.
var multiplier = map[int64]string{
	1101: "before", 1103: "after", 1104: "local", 1105: "prog_weak",
	1111: "helper", 1112: "verdict", 1113: "prog_strong",
}

// TestLineInfo holds func_info and line_info of an output against its instructions, as cilium/ebpf ties them together.
// Were the body of the overridden function still in .text, it would tie them wrongly.
func TestLineInfo(t *testing.T) {
	for _, compiler := range compilers {
		for _, parts := range orders("weak", "strong") {
			t.Run(compiler+"/"+strings.Join(parts, "+"), func(t *testing.T) {
				seen := map[string]bool{}
				for _, p := range spec(t, linkParts(t, "weak", compiler, parts)).Programs {
					checkLines(t, p.Instructions, seen)
				}
				for _, name := range multiplier {
					if !seen[name] {
						t.Errorf("no instruction of '%s' was found", name)
					}
				}
			})
		}
	}
}

func checkLines(t *testing.T, insns asm.Instructions, seen map[string]bool) {
	t.Helper()
	function, line := "", ""
	for i := range insns {
		ins := &insns[i]
		if fn := btf.FuncMetadata(ins); fn != nil {
			function = fn.Name
			if ins.Symbol() != function {
				t.Errorf("func_info says '%s' where the symbol is '%s'", function, ins.Symbol())
			}
		} else if s := ins.Symbol(); s != "" && isFunction(insns, s) {
			t.Errorf("no func_info at '%s'", s)
		}
		if src := ins.Source(); src != nil {
			line = strings.TrimSpace(src.String())
		}
		if op := ins.OpCode; !op.Class().IsALU() || op.ALUOp() != asm.Mul || op.Source() != asm.ImmSource {
			continue
		}
		want, ok := multiplier[ins.Constant]
		if !ok {
			t.Errorf("%v in '%s': a function that is overridden is still there", *ins, function)
			continue
		}
		seen[want] = true
		if function != want {
			t.Errorf("%v is in '%s', want '%s'", *ins, function, want)
		}
		if !strings.Contains(line, fmt.Sprint(ins.Constant)) {
			t.Errorf("%v in '%s' has the source line %q", *ins, function, line)
		}
	}
}

// isFunction reports whether some instruction calls or points to the symbol.
func isFunction(insns asm.Instructions, name string) bool {
	for i := range insns {
		if ins := &insns[i]; ins.IsFunctionReference() && ins.Reference() == name {
			return true
		}
	}
	return false
}

// TestKernelFuncInfo asks the kernel for the functions of the programs that it took.
func TestKernelFuncInfo(t *testing.T) {
	needKernel(t)
	want := map[string][]string{
		"prog_weak":   {"prog_weak", "before", "verdict", "after", "local", "helper"},
		"prog_strong": {"prog_strong", "helper", "verdict"},
	}
	for _, compiler := range compilers {
		for _, parts := range orders("weak", "strong") {
			t.Run(compiler+"/"+strings.Join(parts, "+"), func(t *testing.T) {
				coll, err := ebpf.NewCollection(spec(t, linkParts(t, "weak", compiler, parts)))
				if err != nil {
					t.Fatal(err)
				}
				defer coll.Close()
				for name, functions := range want {
					info, err := coll.Programs[name].Info()
					if err != nil {
						t.Fatal(err)
					}
					infos, err := info.FuncInfos()
					if err != nil {
						t.Fatal(err)
					}
					got := map[string]int{}
					for _, f := range infos {
						got[f.Func.Name]++
					}
					for _, f := range functions {
						if got[f] != 1 {
							t.Errorf("the kernel has %d functions '%s' in %s, want 1", got[f], f, name)
						}
					}
					if len(infos) != len(functions) {
						t.Errorf("the kernel has %d functions in %s, want %d: %v", len(infos), name, len(functions), got)
					}
				}
			})
		}
	}
}
