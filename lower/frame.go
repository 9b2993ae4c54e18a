package lower

import (
	"github.com/bpfsdt/bpf-sdt-link/code"
)

// summary is what a function does to memory that it has pointers to.
type summary struct {
	// low is for each base the lowest offset that the function touches, hands on, or, of its own frame, makes a pointer to.
	low    [bases]int32
	result value // in r0 at the exits
	stored value // all pointers that it puts into memory
}

// size returns the size of a function's frame in bytes, rounded up to whole slots, and whether it is known.
func (f *function) size() (int, bool) {
	n, known := 0, f.Problem == "" && f.low[frameBase] != unbounded
	if known {
		n = int(-f.low[frameBase])
	}
	if f.Stack >= 0 {
		n, known = max(n, f.Stack), true
	}
	return (n + slotSize - 1) &^ (slotSize - 1), known
}

// frame finds how deep the stack frame of a function is: the lowest offset from the frame pointer that it, or a function
// that it calls, can touch. It follows every value that can be a pointer to the stack through the function,
// with the lowest offset that it can have.
func (s *state) frame(f *function) {
	if f.Problem != "" {
		return
	}
	for round := 0; ; round++ {
		a := &frames{state: s, f: f, at: make([]*registersAt, len(f.form)), stored: f.stored}
		a.run()
		if a.stored == f.stored {
			return // the pointers in memory are those that were assumed to be there
		}
		if round > maxJoins {
			a.stored = widen(f.stored, a.stored)
		}
		f.stored = a.stored
	}
}

// registersAt is what the registers hold at a slot.
type registersAt struct {
	r     [11]value
	joins int // how often it has changed
}

// frames is one pass over a function.
type frames struct {
	*state
	f      *function
	at     []*registersAt // by slot, at those that are jumped to
	stored value
	work   []int
}

func (a *frames) run() {
	f := a.f
	var entry registersAt
	entry.r[frameReg] = value{bases: 1 << frameBase}
	for i := 1; i <= maxArgs; i++ {
		entry.r[i] = someNumber
		if f.Entry != Main { // a program gets the context, and no pointer to a stack is to be had from that
			entry.r[i] = pointer(i, anyNumber)
		}
	}
	a.at[0], a.work = &entry, []int{0}
	for len(a.work) > 0 {
		i := a.work[len(a.work)-1]
		a.work = a.work[:len(a.work)-1]
		a.straight(i)
	}
}

// straight follows the code from a slot until it joins other code.
func (a *frames) straight(i int) {
	regs := *a.at[i]
	for {
		a.step(&regs, i)
		switch a.f.form[i] {
		case code.Jump, code.JumpIf, code.JumpMaybe, code.JumpTable, code.Exit:
			a.f.eachNext(i, func(to int) { a.join(to, &regs) })
			return
		}
		if i = a.f.next(i); a.f.joined[i] {
			a.join(i, &regs)
			return
		}
	}
}

// maxJoins is how often the registers at a slot may change before what changes is given up.
const maxJoins = 24

func (a *frames) join(to int, regs *registersAt) {
	old := a.at[to]
	if old == nil {
		c := *regs
		c.joins = 0
		a.at[to] = &c
		a.work = append(a.work, to)
		return
	}
	changed := false
	for r := range old.r {
		v := join(old.r[r], regs.r[r])
		if v == old.r[r] {
			continue
		}
		if old.joins > maxJoins {
			v = widen(old.r[r], v)
		}
		old.r[r], changed = v, true
	}
	if changed {
		old.joins++
		a.work = append(a.work, to)
	}
}

// touch notes that memory is used from where a value points to, moved by some bytes.
func (a *frames) touch(v value, by int64) {
	for i := range bases {
		if v.bases&(1<<i) != 0 {
			a.f.low[i] = min(a.f.low[i], shift(v.off[i], by))
		}
	}
}

// set gives a register a value. A pointer into the frame counts as soon as it is made.
func (a *frames) set(regs *registersAt, r uint8, v value) {
	if v.bases&(1<<frameBase) != 0 {
		a.f.low[frameBase] = min(a.f.low[frameBase], v.off[frameBase])
	}
	regs.r[r] = v
}

// loaded is what 8 bytes hold that are loaded through a pointer.
func (a *frames) loaded(from value) value {
	v := someNumber
	if from.bases != 0 {
		v.mergeBases(a.stored)
	}
	if from.bases&^(1<<frameBase) != 0 {
		v.mergeBases(pointer(loadedBase, noNumber))
	}
	return v
}

// store notes a pointer that is put into memory.
func (a *frames) store(v value) { a.stored.mergeBases(v) }

// step follows one instruction.
func (a *frames) step(regs *registersAt, i int) {
	if site, ok := a.f.siteAt[i]; ok && a.f.Sites[site].Lower {
		var args [11]value
		for p, src := range a.f.Sites[site].Regs {
			args[p+1] = regs.r[src]
		}
		a.apply(&args, &a.funcs[a.f.Sites[site].Callee])
	}
	in := a.f.insn[i]
	switch a.f.form[i] {
	case code.LoadImm:
		v := someNumber
		if in.Src == 0 && a.f.refAt[i] == nil {
			high := code.Decode(a.Order, a.f.Code, uint64((i+1)*code.InsnSize)).Imm
			v = known(int64(uint64(uint32(high))<<32 | uint64(uint32(in.Imm))))
		}
		a.set(regs, in.Dst, v)
	case code.LoadAbs:
		a.call(regs)
		regs.r[0] = value{num: positive}
	case code.Load:
		a.touch(regs.r[in.Src], int64(in.Off))
		a.set(regs, in.Dst, a.load(in, regs.r[in.Src]))
	case code.Store:
		a.touch(regs.r[in.Dst], int64(in.Off))
		if in.Class() == 3 && in.Size() == 8 {
			a.store(regs.r[in.Src])
		}
	case code.Atomic:
		a.atomic(regs, in)
	case code.Compute:
		a.set(regs, in.Dst, compute(in, regs.r[in.Dst], regs.r[in.Src]))
	case code.Call:
		a.calls(regs, i)
	case code.Exit:
		a.f.result = join(a.f.result, regs.r[0])
	}
}

func (a *frames) load(in code.Insn, from value) value {
	switch signed := in.Op&0xe0 == 0x80; {
	case in.Size() == 8:
		return a.loaded(from)
	case signed:
		return someNumber
	}
	return value{num: positive}
}

func (a *frames) atomic(regs *registersAt, in code.Insn) {
	_, def := in.Effects()
	if def == code.Reg(in.Dst) { // load_acquire
		a.touch(regs.r[in.Src], int64(in.Off))
		a.set(regs, in.Dst, a.loaded(regs.r[in.Src]))
		return
	}
	a.touch(regs.r[in.Dst], int64(in.Off))
	a.store(regs.r[in.Src])
	if def != 0 {
		r := lowest(def)
		a.set(regs, r, a.loaded(regs.r[in.Dst]))
	}
}

// calls follows a call.
func (a *frames) calls(regs *registersAt, i int) {
	ref := a.f.refAt[i]
	if ref != nil && ref.Kind == Callee {
		c := &a.funcs[ref.Func]
		args := regs.r
		result := a.apply(&args, c)
		a.call(regs)
		regs.r[0] = result
		return
	}
	// Helpers and kfuncs use memory upwards from a pointer; a callback does what it does with what it is handed.
	use, _, _ := a.callEffects(a.f, i)
	use.Each(func(p uint8) { a.touch(regs.r[p], 0) })
	for k := range a.f.Refs {
		if r := &a.f.Refs[k]; r.Kind == Address {
			use.Each(func(p uint8) { a.callback(regs.r[p], &a.funcs[r.Func]) })
		}
	}
	a.call(regs)
	regs.r[0] = someNumber
}

// callback does to the caller's memory what a callback may do that is handed a value, as whichever parameter.
func (a *frames) callback(v value, c *function) {
	if v.bases == 0 {
		return
	}
	through := a.loaded(v)
	for b := 1; b < bases; b++ {
		from := v
		if b == loadedBase {
			from = through
		}
		a.touch(from, int64(c.low[b]))
		if c.stored.bases&(1<<b) != 0 {
			a.store(from.moved(known(int64(c.stored.off[b]))))
		}
	}
}

// call leaves the registers of arguments without a value.
func (a *frames) call(regs *registersAt) {
	for r := 0; r <= maxArgs; r++ {
		regs.r[r] = value{}
	}
}

// apply does to the caller's memory what a function does, and returns its result.
func (a *frames) apply(args *[11]value, c *function) value {
	through := someNumber // what the function can load from memory that its parameters lead to
	for p := uint8(1); p <= maxArgs; p++ {
		if !c.reads().Has(p) {
			args[p] = value{} // whatever the register holds is not for the function
		}
		a.touch(args[p], 0)
		a.touch(args[p], int64(c.low[p]))
		if args[p].bases != 0 {
			through.mergeBases(a.loaded(args[p]))
		}
	}
	a.touch(through, int64(c.low[loadedBase]))
	carry := func(v value) value {
		out := value{num: v.num, c: v.c}
		for b := 1; b < bases; b++ {
			if v.bases&(1<<b) == 0 {
				continue
			}
			from := through
			if b <= maxArgs {
				from = args[b]
				out.num, out.c = joinNumbers(out, from)
			}
			out.mergeBases(from.moved(known(int64(v.off[b]))))
		}
		return out
	}
	a.store(carry(c.stored))
	result := carry(c.result)
	if result.num != noNumber && c.result.bases != 0 {
		result.num, result.c = anyNumber, 0
	}
	if result.bases&(1<<frameBase) != 0 {
		a.touch(value{bases: 1 << frameBase, off: result.off}, 0)
	}
	return result
}
