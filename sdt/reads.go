package sdt

import (
	"github.com/cilium/ebpf/asm"
)

// reads follows the context through the instructions of a program.
type reads struct {
	insns  asm.Instructions
	index  map[asm.RawInstructionOffset]int // of the instruction at a position
	offset []asm.RawInstructionOffset       // the position of each
	label  map[string]int                   // of those that have a symbol
}

// pointers is what is known of the registers: how far behind the context each points, or that it does not.
type pointers [11]int32

const (
	unknown  = -1
	furthest = 4096    // bytes behind the context that are followed
	maxSteps = 1 << 14 // of one program; after that it is not plain to see
)

// readsBeyond reports whether a tracing program reads an argument beyond the first n on every path that it can take,
// and which, counted from 0. Argument i is the 8 bytes at 8*i of the context. A program for which that is not plain to see
// does not.
func readsBeyond(insns asm.Instructions, n int) (arg int, certain bool) {
	r := reads{insns: insns, index: map[asm.RawInstructionOffset]int{}, label: map[string]int{}}
	for it := insns.Iterate(); it.Next(); {
		r.index[it.Offset] = it.Index
		r.offset = append(r.offset, it.Offset)
		if s := it.Ins.Symbol(); s != "" {
			r.label[s] = it.Index
		}
		if it.Ins.Reference() == "bpf_throw" {
			return 0, false // it may end in the middle of a path
		}
	}
	return r.every(n)
}

// every walks all paths from the start until each has read an argument beyond n. One that ends before refutes it.
func (r *reads) every(n int) (arg int, certain bool) {
	type state struct {
		at   int
		regs pointers
	}
	start := state{}
	for i := range start.regs {
		start.regs[i] = unknown
	}
	start.regs[asm.R1] = 0
	seen := map[state]bool{}
	for todo := []state{start}; len(todo) > 0; {
		s := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[s] {
			continue
		}
		seen[s] = true
		if s.at >= len(r.insns) || len(seen) > maxSteps {
			return 0, false
		}
		ins := &r.insns[s.at]
		if at := s.regs.load(ins); at >= 0 && at/8 >= n {
			arg, certain = at/8, true
			continue
		}
		next, ok := r.successors(s.at)
		if !ok || len(next) == 0 {
			return 0, false
		}
		s.regs.step(ins)
		for _, at := range next {
			todo = append(todo, state{at, s.regs})
		}
	}
	return arg, certain
}

// load returns where behind the context an instruction reads, and a negative number if it does not.
func (p *pointers) load(ins *asm.Instruction) int {
	if ins.OpCode.Class() != asm.LdXClass || ins.Src >= asm.Register(len(p)) || p[ins.Src] == unknown {
		return unknown
	}
	return int(p[ins.Src]) + int(ins.Offset)
}

// step makes of what is known before an instruction what is known after it.
func (p *pointers) step(ins *asm.Instruction) {
	op := ins.OpCode
	switch class := op.Class(); {
	case class.IsJump():
		if op.JumpOp() == asm.Call {
			p.forget(asm.R0, asm.R1, asm.R2, asm.R3, asm.R4, asm.R5)
		}
	case class == asm.ALU64Class && op.ALUOp() == asm.Mov && op.Source() == asm.RegSource && ins.Offset == 0 && ins.Src <= asm.R10:
		p.set(ins.Dst, p[ins.Src])
	case class == asm.ALU64Class && op.ALUOp() == asm.Add && op.Source() == asm.ImmSource && p.get(ins.Dst) != unknown:
		p.set(ins.Dst, p[ins.Dst]+int32(ins.Constant))
	case class == asm.StClass:
	case class == asm.StXClass: // atomic operations give values back
		if op.Mode() != asm.MemMode {
			p.forget(asm.R0, ins.Src, ins.Dst)
		}
	case class == asm.LdClass && !op.IsDWordLoad(): // from a packet
		p.forget(asm.R0, asm.R1, asm.R2, asm.R3, asm.R4, asm.R5)
	default:
		p.forget(ins.Dst)
	}
}

func (p *pointers) get(r asm.Register) int32 {
	if int(r) >= len(p) {
		return unknown
	}
	return p[r]
}

func (p *pointers) set(r asm.Register, offset int32) {
	if offset < 0 || offset > furthest {
		offset = unknown
	}
	if int(r) < len(p) {
		p[r] = offset
	}
}

func (p *pointers) forget(regs ...asm.Register) {
	for _, r := range regs {
		p.set(r, unknown)
	}
}

// successors returns the instructions that may come after one: none after the end of the program, and not ok for what it
// does not understand.
func (r *reads) successors(i int) (next []int, ok bool) {
	ins := &r.insns[i]
	op := ins.OpCode
	if !op.Class().IsJump() {
		return []int{i + 1}, true
	}
	switch op.JumpOp() {
	case asm.Exit:
		return nil, true
	case asm.Call:
		return []int{i + 1}, true
	case asm.Ja:
		to, ok := r.target(i)
		return []int{to}, ok
	case asm.JEq, asm.JNE, asm.JGT, asm.JGE, asm.JLT, asm.JLE, asm.JSGT, asm.JSGE, asm.JSLT, asm.JSLE, asm.JSet:
		to, ok := r.target(i)
		return []int{i + 1, to}, ok
	}
	return nil, false
}

// target returns where a jump leads, by its label, or by its distance in raw instructions from the next one.
func (r *reads) target(i int) (int, bool) {
	ins := &r.insns[i]
	if name := ins.Reference(); name != "" {
		to, ok := r.label[name]
		return to, ok
	}
	distance := int64(ins.Offset)
	if ins.OpCode.Class() == asm.Jump32Class && ins.OpCode.JumpOp() == asm.Ja {
		distance = ins.Constant
	}
	at := int64(r.offset[i]) + 1 + distance
	if at < 0 {
		return 0, false
	}
	to, ok := r.index[asm.RawInstructionOffset(at)]
	return to, ok
}
