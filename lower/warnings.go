package lower

import "github.com/bpfsdt/bpf-sdt-link/code"

// warnOldKernels warns where only newer kernels find the stack of a chain of calls short enough.
func (s *state) warnOldKernels() {
	before, after := s.chains(roundOld, false), s.chains(roundOld, true)
	now := s.chains(roundJIT, true)
	for _, f := range s.bottomUp {
		k := f.index
		if after.upFrom[k] >= 0 || after.down[k] <= stackSize || before.down[k] > stackSize || now.down[k] > stackSize {
			continue
		}
		if g, site := s.firstLowered(k, after); g != nil {
			s.warn(g, site, "lower-stack-old", "", "probe '%s' in '%s': with it the calls of '%s' use %d bytes of stack by the count of kernels before 6.9, and of those without a JIT; %d is the most there",
				g.Sites[site].Probe, g.Name, f.Name, after.down[k], stackSize)
		}
	}
}

// firstLowered returns the first lowered site along the deepest chain of calls from a function.
func (s *state) firstLowered(k int, c *chains) (*function, int) {
	for ; k >= 0; k = c.downTo[k] {
		f := &s.funcs[k]
		for site := range f.Sites {
			if f.Sites[site].Lower && f.blocks[site].lowered {
				return f, site
			}
		}
	}
	return nil, 0
}

// warnings warns of sites that some kernels do not take.
func (s *state) warnings() {
	locked := s.lockedFunctions()
	tail := s.tailCalling()
	for i := range s.funcs {
		f := &s.funcs[i]
		if f.Problem != "" {
			continue
		}
		held := s.lockHeld(f, locked[i])
		for site := range f.Sites {
			at := &f.Sites[site]
			if !at.Lower || !f.blocks[site].lowered {
				continue
			}
			if held[f.slot(site)] {
				s.warnLocked(f, site)
			}
			if tail[i] {
				s.warn(f, site, "lower-tail-call", "", "probe '%s' in '%s': a program that makes tail calls, and calls functions as well, needs Linux 5.10 or later on x86-64, 6.0 on arm64", at.Probe, f.Name)
			}
		}
	}
}

func (s *state) warnLocked(f *function, site int) {
	at := &f.Sites[site]
	if c := &s.funcs[at.Callee]; c.Entry == Global {
		s.refuse(f, site, "lower-lock", "make the function static",
			"probe '%s' in '%s' may run with a bpf_spin_lock held, when no global function can be called, and '%s' is one", at.Probe, f.Name, c.Name)
		return
	}
	s.warn(f, site, "lower-lock", "", "probe '%s' in '%s' may run with a bpf_spin_lock held: a call needs Linux 6.9 or later there", at.Probe, f.Name)
}

// lockHeld tells for each slot of a function whether a spin lock may be held there.
func (s *state) lockHeld(f *function, atEntry bool) []bool {
	held := make([]bool, len(f.form))
	if !atEntry && f.callsHelper(helperLock) < 0 {
		return held
	}
	seen := make([]bool, len(f.form))
	type point struct {
		slot int
		held bool
	}
	work := []point{{0, atEntry}}
	for len(work) > 0 {
		p := work[len(work)-1]
		work = work[:len(work)-1]
		if seen[p.slot] && (held[p.slot] || !p.held) {
			continue
		}
		seen[p.slot], held[p.slot] = true, held[p.slot] || p.held
		out := p.held
		if in := f.insn[p.slot]; f.form[p.slot] == code.Call && in.Src == 0 && f.refAt[p.slot] == nil {
			out = in.Imm == helperLock || out && in.Imm != helperUnlock
		}
		f.eachNext(p.slot, func(to int) { work = append(work, point{to, out}) })
	}
	return held
}

// lockedFunctions tells which functions may be called with a spin lock held.
func (s *state) lockedFunctions() []bool {
	locked := make([]bool, len(s.funcs))
	for i := len(s.bottomUp) - 1; i >= 0; i-- {
		f := s.bottomUp[i]
		if f.Problem != "" || !locked[f.index] && f.callsHelper(helperLock) < 0 {
			continue
		}
		held := s.lockHeld(f, locked[f.index])
		for k := range f.Refs {
			if r := &f.Refs[k]; r.Kind == Callee && held[r.Off/code.InsnSize] {
				locked[r.Func] = true
			}
		}
	}
	return locked
}

// tailCalling tells which functions are part of a program that makes tail calls and has not called functions before.
func (s *state) tailCalling() []bool {
	in := make([]bool, len(s.funcs))
	for i := range s.funcs {
		f := &s.funcs[i]
		in[i] = f.Entry == Main && f.Problem == "" && f.makesTailCall()
		for k := range f.Refs {
			in[i] = in[i] && f.Refs[k].Kind != Callee
		}
	}
	return in
}
