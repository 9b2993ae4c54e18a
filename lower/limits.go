package lower

import (
	"fmt"
	"strings"

	"github.com/bpfsdt/bpf-sdt-link/code"
)

// The kernel's limits for calls.
const (
	maxFrames      = 8   // MAX_CALL_FRAMES
	tailCallStack  = 256 // bytes of stack that the callers of a function with a tail call may have
	helperTailCall = 12
	helperLock     = 93 // bpf_spin_lock
	helperUnlock   = 94
)

// rounding is how a kernel counts the stack of a function.
type rounding struct{ unit, least int }

var (
	roundJIT = rounding{16, 0}  // since Linux 6.9, with a JIT
	roundOld = rounding{32, 32} // before, and without one
)

func (r rounding) of(stack int) int {
	return (max(stack, r.least) + r.unit - 1) / r.unit * r.unit
}

// chains is what lies above and below each function in the program's calls.
type chains struct {
	down, up         []int // bytes of stack: of the function and what it calls at most; of its callers at most
	downTo, upFrom   []int // the callee, the caller, that it is by; -1
	frames, framesUp []int // the same in frames: the function counts in the first and not in the second
}

// chains adds up the stack along calls. with tells whether lowered sites count, and what they save.
func (s *state) chains(r rounding, with bool) *chains {
	n := len(s.funcs)
	c := &chains{make([]int, n), make([]int, n), make([]int, n), make([]int, n), make([]int, n), make([]int, n)}
	own := make([]int, n)
	for _, f := range s.bottomUp {
		own[f.index] = r.of(f.stack(with))
		c.downTo[f.index], c.upFrom[f.index] = -1, -1
		deepest, frames := 0, 0
		s.eachCallee(f, with, func(k int) {
			if c.down[k] > deepest {
				deepest, c.downTo[f.index] = c.down[k], k
			}
			frames = max(frames, c.frames[k])
		})
		c.down[f.index], c.frames[f.index] = own[f.index]+deepest, frames+1
	}
	for i := len(s.bottomUp) - 1; i >= 0; i-- {
		f := s.bottomUp[i]
		s.eachCallee(f, with, func(k int) {
			if up := c.up[f.index] + own[f.index]; up > c.up[k] || c.upFrom[k] < 0 {
				c.up[k], c.upFrom[k] = up, f.index
			}
			c.framesUp[k] = max(c.framesUp[k], c.framesUp[f.index]+1)
		})
	}
	return c
}

// stack is the stack of a function in bytes, without or with what its sites save. A frame of unknown size counts as
// far as it is known.
func (f *function) stack(with bool) int {
	n, known := f.size()
	if !known {
		n = 0
	}
	if with && !f.refused {
		n += f.slots * slotSize
	}
	return n
}

// eachCallee calls fn for the functions that a function calls, by its lowered sites too if they count.
func (s *state) eachCallee(f *function, with bool, fn func(k int)) {
	for i := range f.Refs {
		if r := &f.Refs[i]; r.Kind == Callee || r.Kind == Address {
			fn(r.Func)
		}
	}
	if with {
		for i := range f.Sites {
			if f.blocks[i].lowered && f.Sites[i].Lower {
				fn(f.Sites[i].Callee)
			}
		}
	}
}

// limits refuses sites that would make a program exceed what the kernel allows, where it did not before.
func (s *state) limits() {
	if len(s.result.Refused) > 0 {
		return // with fewer sites, or none, the figures are others
	}
	before, after := s.chains(roundJIT, false), s.chains(roundJIT, true)
	for _, f := range s.bottomUp {
		k := f.index
		if after.upFrom[k] >= 0 {
			continue // the chain is that of its caller
		}
		if after.down[k] > stackSize && before.down[k] <= stackSize {
			s.refuseChain(f, after, after.down[k])
		}
	}
	for _, f := range s.bottomUp {
		s.limitSites(f, before, after)
	}
	if len(s.result.Refused) == 0 {
		s.warnOldKernels()
	}
}

// refuseChain refuses the sites along the deepest chain of a program that take part in its depth.
func (s *state) refuseChain(root *function, c *chains, depth int) {
	var path []string
	var on []*function
	for k := root.index; k >= 0; k = c.downTo[k] {
		path = append(path, fmt.Sprintf("%s %d", s.funcs[k].Name, s.funcs[k].stack(true)))
		on = append(on, &s.funcs[k])
	}
	for i, f := range on {
		for site := range f.Sites {
			deep := f.blocks[site].stackSlots() > 0 || i+1 < len(on) && f.Sites[site].Callee == on[i+1].index
			if f.Sites[site].Lower && f.blocks[site].lowered && deep {
				s.refuse(f, site, "lower-stack", "make variables smaller, call fewer functions from each other, or leave the probe a NOP",
					"probe '%s' in '%s': the stack of the calls it takes part in would be %d bytes, and %d is the most: %s", f.Sites[site].Probe, f.Name, depth, stackSize, strings.Join(path, " > "))
			}
		}
	}
}

// limitSites checks the frames below and the tail calls around the sites of one function.
func (s *state) limitSites(f *function, before, after *chains) {
	tail := f.makesTailCall() && f.Entry != Main
	if tail && after.up[f.index] >= tailCallStack && before.up[f.index] < tailCallStack {
		for k, n := after.upFrom[f.index], 0; k >= 0 && n < len(s.funcs); k, n = after.upFrom[k], n+1 {
			s.refuseSlots(&s.funcs[k], "the functions before the tail call in '%s' would use %d bytes of stack; less than %d are allowed", f.Name, after.up[f.index], tailCallStack)
		}
	}
	for site := range f.Sites {
		at := &f.Sites[site]
		if !at.Lower || !f.blocks[site].lowered {
			continue
		}
		callee := &s.funcs[at.Callee]
		if n := after.framesUp[f.index] + 1 + after.frames[at.Callee]; n > maxFrames {
			s.refuse(f, site, "lower-frames", "leave the probe a NOP, or move it into a caller",
				"probe '%s' in '%s': the call would be %d functions deep, and %d is the most", at.Probe, f.Name, n, maxFrames)
		}
		if s.reachesTailCall(callee) {
			s.refuse(f, site, "lower-attach", "attach a function that makes none",
				"probe '%s' cannot call '%s': it makes a tail call, from which there is no way back to the probe", at.Probe, callee.Name)
		}
	}
}

func (s *state) refuseSlots(f *function, format string, args ...any) {
	for site := range f.Sites {
		if f.Sites[site].Lower && f.blocks[site].stackSlots() > 0 {
			s.refuse(f, site, "lower-stack", "make the variables of the function smaller, or leave the probe a NOP",
				"probe '%s' in '%s': %s", f.Sites[site].Probe, f.Name, fmt.Sprintf(format, args...))
		}
	}
}

func (f *function) makesTailCall() bool { return f.callsHelper(helperTailCall) >= 0 }

// callsHelper returns the slot of the first call of a helper, -1 if there is none.
func (f *function) callsHelper(id int32) int {
	for i, form := range f.form {
		if form == code.Call && f.insn[i].Src == 0 && f.insn[i].Imm == id && f.refAt[i] == nil {
			return i
		}
	}
	return -1
}

// reachesTailCall reports whether a function, or one that it calls, makes a tail call.
func (s *state) reachesTailCall(f *function) bool {
	seen := map[int]bool{}
	stack := []*function{f}
	for len(stack) > 0 {
		f := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if seen[f.index] {
			continue
		}
		seen[f.index] = true
		if f.makesTailCall() {
			return true
		}
		for _, k := range f.callees {
			stack = append(stack, &s.funcs[k])
		}
	}
	return false
}
