package lower

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/bpfsdt/bpf-sdt-link/code"
)

// The tests write functions as text, an instruction a word or two, as llvm-objdump shows them.

// fn makes a function of lines such as:
//
//	r1 = r10        r1 += -8        r1 += r2       r1 -= r2     r1 &= 15    w1 = w2    r1 <<= 3
//	r1 = 5          r1 = *8(r2+0)   r1 = *4(r2+0)  *8(r10-8) = r1           *1(r1+0) = r2
//	call f          helper 93       &f             extern 2     goto L      if r1 goto L
//	probe p r1 r2   probe p r1 -> f                nop p r1     exit        L:
//
// "probe" is a site that becomes a call of stub or of the function behind the arrow, "nop" one that stays.
func fn(name string, entry Entry, params int, lines ...string) testFunc {
	return testFunc{name, entry, params, -1, lines}
}

type testFunc struct {
	name   string
	entry  Entry
	params int
	stack  int
	lines  []string
}

// assemble makes a program, with a function "stub" at its end.
func assemble(t *testing.T, funcs ...testFunc) *Program {
	t.Helper()
	funcs = append(funcs, fn("stub", Static, 5, "r0 = 0", "exit"))
	index := map[string]int{}
	for i, f := range funcs {
		index[f.name] = i
	}
	p := &Program{Order: binary.LittleEndian}
	for _, f := range funcs {
		a := &assembler{t: t, index: index, labels: map[string]int{}, out: Func{Name: f.name, Entry: f.entry, Params: f.params, Stack: f.stack}}
		for _, l := range f.lines {
			a.line(strings.TrimSpace(l))
		}
		for _, j := range a.jumps {
			binary.LittleEndian.PutUint16(a.out.Code[j.at*8+2:], uint16(int16(a.labels[j.label]-j.at-1)))
		}
		p.Funcs = append(p.Funcs, a.out)
	}
	return p
}

type assembler struct {
	t      *testing.T
	index  map[string]int
	labels map[string]int
	jumps  []struct {
		at    int
		label string
	}
	out Func
}

func (a *assembler) slot() int { return len(a.out.Code) / code.InsnSize }

func (a *assembler) emit(o op) {
	a.out.Code = append(a.out.Code, encode(binary.LittleEndian, []op{o})...)
}

var aluCodes = map[string]uint8{"=": aluMov, "+=": aluAdd, "-=": aluSub, "*=": aluMul, "&=": aluAnd, "|=": aluOr, "<<=": aluLsh, ">>=": aluRsh, "s>>=": aluArsh}

func (a *assembler) line(l string) {
	var n int
	var to string
	ref := func(kind RefKind, f int) {
		a.out.Refs = append(a.out.Refs, Ref{Off: uint64(a.slot() * 8), Kind: kind, Func: f})
	}
	jump := func(label string, o op) {
		a.jumps = append(a.jumps, struct {
			at    int
			label string
		}{a.slot(), label})
		a.emit(o)
	}
	words := strings.Fields(l)
	switch {
	case strings.HasSuffix(l, ":"):
		a.labels[l[:len(l)-1]] = a.slot()
	case l == "exit":
		a.emit(op{code: 0x95})
	case words[0] == "call":
		ref(Callee, a.index[words[1]])
		a.emit(op{code: opCall, src: 1, imm: -1})
	case words[0] == "helper":
		fmt.Sscan(words[1], &n)
		a.emit(op{code: opCall, imm: int32(n)})
	case words[0] == "extern":
		fmt.Sscan(words[1], &n)
		a.out.Refs = append(a.out.Refs, Ref{Off: uint64(a.slot() * 8), Kind: External, Args: n})
		a.emit(op{code: opCall, src: 1, imm: -1})
	case l[0] == '&':
		ref(Address, a.index[l[1:]])
		a.emit(op{code: 0x18, dst: 2, src: 4})
		a.emit(op{})
	case words[0] == "goto":
		jump(words[1], op{code: 0x05})
	case words[0] == "if":
		jump(words[3], op{code: 0x55, dst: reg(words[1])})
	case words[0] == "probe", words[0] == "nop":
		s := Site{Off: uint64(a.slot() * 8), Probe: words[1], Lower: words[0] == "probe", Callee: a.index["stub"]}
		for i, w := range words[2:] {
			if w == "->" {
				to = words[2+i+1]
				s.Callee = a.index[to]
				break
			}
			s.Regs = append(s.Regs, reg(w))
		}
		a.out.Sites = append(a.out.Sites, s)
		a.emit(op{code: 0x05})
	case l[0] == '*': // *8(r10-8) = r1
		size, base, off := memory(words[0])
		a.emit(op{code: 0x63 | size, dst: base, src: reg(words[2]), off: off})
	case strings.HasPrefix(words[2], "*"):
		size, base, off := memory(words[2])
		a.emit(op{code: 0x61 | size, dst: reg(words[0]), src: base, off: off})
	default:
		o := op{code: aluCodes[words[1]] | 7, dst: reg(words[0])}
		if words[0][0] == 'w' {
			o.code = aluCodes[words[1]] | 4
		}
		if words[2][0] == 'r' || words[2][0] == 'w' {
			o.code |= 8
			o.src = reg(words[2])
		} else {
			fmt.Sscan(words[2], &n)
			o.imm = int32(n)
		}
		a.emit(o)
	}
}

func reg(s string) (n uint8) {
	fmt.Sscan(s[1:], &n)
	return n
}

// memory reads "*8(r10-8)".
func memory(s string) (size, base uint8, off int16) {
	var bytes int
	fmt.Sscanf(s, "*%d(r%d%d)", &bytes, &base, &off)
	return map[int]uint8{1: 0x10, 2: 0x08, 4: 0x00, 8: 0x18}[bytes], base, off
}
