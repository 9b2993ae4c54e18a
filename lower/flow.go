package lower

import (
	"github.com/bpfsdt/bpf-sdt-link/code"
)

// effects returns what the instruction at a slot reads, sets, and leaves without a value.
func (s *state) effects(f *function, i int) (use, def, undef code.Regs) {
	switch f.form[i] {
	case half:
		return 0, 0, 0
	case code.Call:
		return s.callEffects(f, i)
	case code.LoadAbs:
		use, def = f.insn[i].Effects()
		return use, def, code.CallerSaved
	}
	use, def = f.insn[i].Effects()
	return use, def, 0
}

const r0 = code.Regs(1)

func (s *state) callEffects(f *function, i int) (use, def, undef code.Regs) {
	args, void := maxArgs, false
	in := f.insn[i]
	switch ref := f.refAt[i]; {
	case ref != nil && ref.Kind == Callee:
		c := &s.funcs[ref.Func]
		use, void = c.reads(), c.Entry == Static && c.returns.must == 0
		return s.afterCall(use, void)
	case ref != nil && ref.Kind == External:
		if args = ref.Args; args < 0 || args > maxArgs {
			args = maxArgs
		}
		void = ref.Void
	case in.Src == 0:
		args, void = code.HelperArgs(in.Imm)
	}
	return s.afterCall(code.ArgRegs(args), void)
}

func (s *state) afterCall(use code.Regs, void bool) (code.Regs, code.Regs, code.Regs) {
	if void {
		return use, 0, code.CallerSaved | r0
	}
	return use, r0, code.CallerSaved
}

// reads returns the registers in which a function takes something.
func (f *function) reads() code.Regs {
	if f.Problem != "" || len(f.live) == 0 {
		return code.CallerSaved
	}
	return (f.live[0] | code.ArgRegs(min(max(f.Params, 0), maxArgs))) & code.CallerSaved
}

// siteUse returns the registers that hold the arguments of a site. A site that stays a NOP reads them as well: an
// observer does.
func (f *function) siteUse(site int) (use code.Regs) {
	for _, r := range f.Sites[site].Regs {
		use |= code.Reg(r)
	}
	return use
}

// liveness finds the registers that may still be read, from each slot on.
func (s *state) liveness(f *function) {
	if f.Problem != "" {
		return
	}
	for changed := true; changed; {
		changed = false
		for i := len(f.form) - 1; i >= 0; i-- {
			if f.form[i] == half {
				continue
			}
			live := s.liveBefore(f, i)
			if site, ok := f.siteAt[i]; ok {
				live |= f.siteUse(site)
			}
			if live != f.live[i] {
				f.live[i], changed = live, true
			}
		}
	}
}

// liveBefore returns what is live before the instruction at a slot, a site there not counted.
func (s *state) liveBefore(f *function, i int) code.Regs {
	use, def, undef := s.effects(f, i)
	return f.liveAfter(i)&^(def|undef) | use
}

// liveAfter returns what is live after the instruction at a slot.
func (f *function) liveAfter(i int) (out code.Regs) {
	f.eachNext(i, func(to int) { out |= f.live[to] })
	return out
}

// neededAfter returns the registers that are live after a site.
func (s *state) neededAfter(f *function, site int) code.Regs {
	if i := f.slot(site); f.Sites[site].Insert {
		return s.liveBefore(f, i)
	} else {
		return f.liveAfter(i)
	}
}

// assumedEntry is what a function's registers hold at its start, as far as the function alone tells: what it reads.
func (f *function) assumedEntry() entryRegs {
	switch {
	case f.Problem != "":
		return entryRegs{}
	case f.Entry == Main:
		return entryRegs{code.Reg(1), code.Reg(1)}
	case f.Entry == Global && f.Params >= 0:
		r := code.ArgRegs(min(f.Params, maxArgs))
		return entryRegs{r, r}
	}
	r := f.live[0] & code.CallerSaved
	return entryRegs{r, r}
}

// initialise finds the registers that have a value at each slot.
func (s *state) initialise(f *function, entry entryRegs) {
	if f.Problem != "" {
		return
	}
	f.entry = entry
	const unseen = ^code.Regs(0)
	for i := range f.must {
		f.must[i], f.may[i] = unseen, 0
	}
	f.must[0], f.may[0] = entry.must|f.zero[zeroAtEntry], entry.may|f.zero[zeroAtEntry]
	work := []int{0}
	queued := make([]bool, len(f.form))
	for len(work) > 0 {
		i := work[len(work)-1]
		work = work[:len(work)-1]
		queued[i] = false
		out := s.initAfter(f, i)
		f.eachNext(i, func(to int) {
			must, may := f.must[to]&out.must, f.may[to]|out.may
			if must == f.must[to] && may == f.may[to] {
				return
			}
			f.must[to], f.may[to] = must, may
			if !queued[to] {
				queued[to] = true
				work = append(work, to)
			}
		})
	}
}

// initAfter returns which registers have a value after the instruction at a slot.
func (s *state) initAfter(f *function, i int) entryRegs {
	_, def, undef := s.effects(f, i)
	out := entryRegs{f.must[i]&^undef | def, f.may[i]&^undef | def}
	if ref := f.refAt[i]; f.form[i] == code.Call && ref != nil && ref.Kind == Callee {
		if c := &s.funcs[ref.Func]; c.Entry == Static { // r0 is what its exits leave
			out.must = out.must&^r0 | c.returns.must
			out.may = out.may&^r0 | c.returns.may
		}
	}
	out.must |= f.zero[i]
	out.may |= f.zero[i]
	return out
}

// reached reports whether there is a path to a slot.
func (f *function) reached(i int) bool { return f.must[i] != ^code.Regs(0) }

// noteReturn finds whether a function leaves a value in r0.
func (f *function) noteReturn() {
	if f.Problem != "" {
		f.returns = entryRegs{may: r0}
		return
	}
	f.returns = entryRegs{must: r0}
	for i, form := range f.form {
		if form == code.Exit && f.reached(i) {
			f.returns.must &= f.must[i]
			f.returns.may |= f.may[i] & r0
		}
	}
}

// reenter finds what a static function's registers hold at its start by its callers, and goes through it again with
// that: a caller need not set the register of a parameter that the callee does not need on that call's account.
func (s *state) reenter(f *function) {
	if f.Problem != "" || f.Entry != Static || len(f.callers) == 0 && !f.taken {
		return
	}
	e := entryRegs{must: code.CallerSaved}
	if f.taken { // also a callback: the kernel sets its parameters
		r := code.ArgRegs(min(max(f.Params, 0), maxArgs))
		e = entryRegs{r, r}
	}
	for _, c := range f.callers {
		if c.from.Problem != "" {
			return
		}
		if c.from.reached(c.slot) {
			e.must &= c.from.must[c.slot]
			e.may |= c.from.may[c.slot] & code.CallerSaved
		}
	}
	if e != f.entry {
		s.initialise(f, e)
	}
}

// zeroAtEntry is the key in function.zero of registers that are set to 0 at the function's start.
const zeroAtEntry = -1

// settle makes the registers that a site needs, and that have a value on some paths to it, have one on all: they are set
// to 0 where they come to be without. No program that the verifier takes can tell. What is set for one site is to be
// saved at others that lie between, so this goes on until nothing is added.
func (s *state) settle(f *function) {
	for added := true; added; {
		added = false
		for i := range f.Sites {
			slot := f.slot(i)
			if !f.Sites[i].Lower || !f.reached(slot) {
				continue
			}
			unset := s.siteNeeds(f, i) & f.may[slot] &^ f.must[slot]
			unset.Each(func(r uint8) { added = s.zeroRegister(f, code.Reg(r)) || added })
		}
		if added {
			s.initialise(f, f.entry)
		}
	}
}

// siteNeeds returns the registers that are read behind a site, or hold its arguments.
func (s *state) siteNeeds(f *function, site int) code.Regs {
	return s.neededAfter(f, site) | f.siteUse(site)
}

// zeroRegister sets a register to 0 wherever it has no value and may be read before it is given one, but where callers
// set it or not, or a function that is called. It reports whether it has added anything.
func (s *state) zeroRegister(f *function, r code.Regs) (added bool) {
	add := func(at int) {
		added = added || f.zero[at]&r == 0
		f.zero[at] |= r
	}
	if f.live[0]&r != 0 && (f.entry.must|f.entry.may)&r == 0 {
		add(zeroAtEntry)
	}
	for i, form := range f.form {
		if form == half || !f.reached(i) {
			continue
		}
		_, _, undef := s.effects(f, i)
		if undef&r == 0 || f.liveAfter(i)&r == 0 {
			continue
		}
		if out := s.initAfter(f, i); (out.must|out.may)&r == 0 {
			add(i)
		}
	}
	return added
}

// pinnedAt returns the registers that may hold a pinned parameter at a slot.
func (s *state) pinnedAt(f *function, slot int) code.Regs {
	if f.Pinned == 0 {
		return 0
	}
	if f.pinned == nil {
		f.pinned = make([]code.Regs, len(f.form))
		f.pinned[0] = f.Pinned
		work := []int{0}
		for len(work) > 0 {
			i := work[len(work)-1]
			work = work[:len(work)-1]
			_, def, undef := s.effects(f, i)
			out := f.pinned[i] &^ (def | undef)
			if in := f.insn[i]; in.Op == opMov64 && in.Off == 0 && f.pinned[i].Has(in.Src) {
				out |= def
			}
			f.eachNext(i, func(to int) {
				if f.pinned[to]|out != f.pinned[to] {
					f.pinned[to] |= out
					work = append(work, to)
				}
			})
		}
	}
	return f.pinned[slot]
}
