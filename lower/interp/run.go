package interp

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Options are how to run a program.
type Options struct {
	Steps  int            // limit of instructions; 0: 1,000,000
	Traced map[string]int // functions whose calls are hits, with the number of their arguments
	Sites  bool           // NOPs that have a note are hits
}

// Hit is a probe that was come by.
type Hit struct {
	Name string // the probe's, or the function's
	Args []uint64
}

// Result is what a program did.
type Result struct {
	R0      uint64
	R0Set   bool
	Context []byte
	Hits    []Hit
	Data    map[string][]byte // contents of the data sections afterwards
}

const (
	stackSize   = 512
	maxFrames   = 8
	maxMayGotos = 8 // how often may_goto goes on, in all
)

// Where things are: each has an address space of its own, so that nothing can be reached from its neighbour.
const (
	ctxBase   = 1 << 32
	dataBase  = 1 << 62 // and a hash of the section's name in the bits of dataMask
	dataMask  = 1<<62 - 1<<32
	stackBase = 1 << 48 // and on, by the frame's depth
)

type run struct {
	m        *Machine
	o        Options
	result   *Result
	steps    int
	mayGotos int
	random   uint64 // what bpf_get_prandom_u32 goes on from
	time     uint64 // ns
	frames   []*frame
	data     map[uint64][]byte // by address
}

// frame is a call of a function.
type frame struct {
	reg  [11]uint64
	has  [11]bool
	mem  [stackSize]byte
	init [stackSize]bool
	// wrote10 says that r10 was written, which only a call may do.
	wrote10 bool
}

// Run runs a program with the address of a copy of ctx in r1.
func (m *Machine) Run(program string, ctx []byte, o Options) (*Result, error) {
	fn, ok := m.named[program]
	if !ok {
		return nil, fmt.Errorf("no function '%s' among %s", program, m)
	}
	if o.Steps == 0 {
		o.Steps = 1_000_000
	}
	r := &run{m: m, o: o, result: &Result{Context: append([]byte{}, ctx...), Data: map[string][]byte{}}, data: map[uint64][]byte{}}
	for _, d := range m.data {
		r.data[d.base] = append([]byte{}, d.data...)
	}
	f := &frame{}
	f.set(1, ctxBase)
	if err := r.function(fn, f); err != nil {
		return nil, err
	}
	r.result.R0, r.result.R0Set = f.reg[0], f.has[0]
	for _, d := range m.data {
		r.result.Data[d.name] = r.data[d.base]
	}
	return r.result, nil
}

func (f *frame) set(r uint8, v uint64) {
	f.reg[r], f.has[r] = v, true
	f.wrote10 = f.wrote10 || r == 10
}

// call runs a function with the arguments of its caller.
func (r *run) call(fn int, caller *frame) error {
	callee := &frame{}
	for i := 1; i <= 5; i++ {
		callee.reg[i], callee.has[i] = caller.reg[i], caller.has[i]
	}
	if n, ok := r.o.Traced[r.m.funcs[fn].name]; ok {
		h := Hit{Name: r.m.funcs[fn].name}
		for i := 1; i <= n; i++ {
			v, err := caller.get(uint8(i))
			if err != nil {
				return fmt.Errorf("argument %d of '%s': %w", i, h.Name, err)
			}
			h.Args = append(h.Args, v)
		}
		r.result.Hits = append(r.result.Hits, h)
	}
	if err := r.function(fn, callee); err != nil {
		return err
	}
	caller.clobber()
	caller.reg[0], caller.has[0] = callee.reg[0], callee.has[0]
	return nil
}

// clobber leaves r0 to r5 without a value, and with one that is easy to tell where it is used all the same.
func (f *frame) clobber() {
	for i := range 6 {
		f.reg[i], f.has[i] = 0xdead_0000_dead_0000+uint64(i), false
	}
}

func (r *run) function(fn int, f *frame) error {
	if len(r.frames) == maxFrames {
		return errors.New("more than 8 frames")
	}
	f.reg[10], f.has[10] = stackBase+uint64(len(r.frames))<<32+stackSize, true
	r.frames = append(r.frames, f)
	defer func() { r.frames = r.frames[:len(r.frames)-1] }()
	code := &r.m.funcs[fn]
	if code.start == code.end {
		return fmt.Errorf("'%s' has no instructions", code.name)
	}
	for pc := code.start; ; {
		next, done, err := r.step(code, f, pc)
		switch {
		case err != nil:
			return fmt.Errorf("%s+%d: %w", code.name, (pc-code.start)/insnSize, err)
		case done:
			return nil
		case next < code.start || next >= code.end:
			return fmt.Errorf("%s+%d: leads out of the function", code.name, (pc-code.start)/insnSize)
		}
		pc = next
	}
}

// insn is an instruction taken apart.
type insn struct {
	op, dst, src uint8
	off          int16
	imm          int32
}

func (r *run) decode(b []byte) insn {
	o := r.m.order
	in := insn{b[0], b[1] & 15, b[1] >> 4, int16(o.Uint16(b[2:])), int32(o.Uint32(b[4:]))}
	if o == binary.ByteOrder(binary.BigEndian) {
		in.dst, in.src = in.src, in.dst
	}
	return in
}

// get reads a register.
func (f *frame) get(r uint8) (uint64, error) {
	if r > 10 || !f.has[r] {
		return 0, fmt.Errorf("r%d has no value", r)
	}
	return f.reg[r], nil
}

// step runs one instruction and returns where the next one is.
func (r *run) step(code *function, f *frame, pc uint64) (next uint64, done bool, err error) {
	if r.steps++; r.steps > r.o.Steps {
		return 0, false, errors.New("too many instructions")
	}
	in := r.decode(code.code[pc:])
	if in.dst > 10 || in.src > 10 {
		return 0, false, errors.New("there is no such register")
	}
	if s, ok := r.m.sites[spot{code.section, pc}]; ok && r.o.Sites {
		h := Hit{Name: s.probe}
		for _, reg := range s.regs {
			v := uint64(0)
			if f.has[reg] {
				v = f.reg[reg]
			}
			h.Args = append(h.Args, v)
		}
		r.result.Hits = append(r.result.Hits, h)
	}
	next = pc + insnSize
	switch in.op & 7 {
	case 0:
		next, err = r.loadImmediate(code, f, in, pc)
	case 1, 2, 3:
		err = r.memory(f, in)
	case 4, 7:
		err = alu(f, in, r.m.order)
	default:
		return r.jump(code, f, in, pc)
	}
	if err == nil && f.wrote10 {
		err = errors.New("r10 is written")
	}
	return next, false, err
}

func (r *run) loadImmediate(code *function, f *frame, in insn, pc uint64) (uint64, error) {
	if in.op != 0x18 {
		return 0, fmt.Errorf("opcode %#x is not modelled", in.op)
	}
	next := pc + 2*insnSize
	if next > code.end {
		return 0, errors.New("half of an instruction")
	}
	if to, ok := code.refs[pc]; ok {
		switch {
		case to.err != nil:
			return 0, to.err
		case to.fn >= 0:
			f.set(in.dst, r.m.address(to.fn))
		default:
			f.set(in.dst, r.m.data[to.data].base+to.off)
		}
		return next, nil
	}
	if in.src == 4 {
		fn, ok := r.m.starting(code.section, int64(pc)+insnSize+insnSize*int64(in.imm))
		if !ok {
			return 0, errors.New("refers to no function")
		}
		f.set(in.dst, r.m.address(fn))
		return next, nil
	}
	high := r.m.order.Uint32(code.code[pc+insnSize+4:])
	f.set(in.dst, uint64(high)<<32|uint64(uint32(in.imm)))
	return next, nil
}

// jump runs jumps, calls and exits.
func (r *run) jump(code *function, f *frame, in insn, pc uint64) (next uint64, done bool, err error) {
	next = pc + insnSize
	to := func(n int64) uint64 { return uint64(int64(next) + insnSize*n) }
	switch in.op {
	case 0x05:
		return to(int64(in.off)), false, nil
	case 0x06:
		return to(int64(in.imm)), false, nil
	case 0x95:
		return 0, true, nil
	case 0xe5:
		if r.mayGotos++; r.mayGotos > maxMayGotos {
			next = to(int64(in.off))
		}
		return next, false, nil
	case 0x85:
		return next, false, r.callInsn(code, f, in, pc)
	}
	a, err := f.get(in.dst)
	if err != nil {
		return 0, false, err
	}
	b := uint64(int64(in.imm))
	if in.op&8 != 0 {
		if b, err = f.get(in.src); err != nil {
			return 0, false, err
		}
	}
	sa, sb := int64(a), int64(b)
	if in.op&7 == 6 {
		a, b = uint64(uint32(a)), uint64(uint32(b))
		sa, sb = int64(int32(a)), int64(int32(b))
	}
	var taken bool
	switch in.op & 0xf0 {
	case 0x10:
		taken = a == b
	case 0x20:
		taken = a > b
	case 0x30:
		taken = a >= b
	case 0x40:
		taken = a&b != 0
	case 0x50:
		taken = a != b
	case 0x60:
		taken = sa > sb
	case 0x70:
		taken = sa >= sb
	case 0xa0:
		taken = a < b
	case 0xb0:
		taken = a <= b
	case 0xc0:
		taken = sa < sb
	case 0xd0:
		taken = sa <= sb
	default:
		return 0, false, fmt.Errorf("opcode %#x is not modelled", in.op)
	}
	if taken {
		next = to(int64(in.off))
	}
	return next, false, nil
}

func (r *run) callInsn(code *function, f *frame, in insn, pc uint64) error {
	if to, ok := code.refs[pc]; ok {
		if to.err != nil {
			return to.err
		}
		if to.fn < 0 {
			return errors.New("calls data")
		}
		return r.call(to.fn, f)
	}
	switch in.src {
	case 0:
		return r.helper(f, in.imm)
	case 1:
		fn, ok := r.m.starting(code.section, int64(pc)+insnSize+insnSize*int64(in.imm))
		if !ok {
			return errors.New("calls no function")
		}
		return r.call(fn, f)
	}
	return fmt.Errorf("a call of kind %d is not modelled", in.src)
}

// helper runs a helper of the kernel.
func (r *run) helper(f *frame, id int32) error {
	args := map[int32]int{5: 0, 7: 0, 8: 0, 93: 1, 94: 1, 132: 2, 181: 4}
	n, ok := args[id]
	if !ok {
		return fmt.Errorf("helper %d is not modelled", id)
	}
	for i := 1; i <= n; i++ {
		if _, err := f.get(uint8(i)); err != nil {
			return err
		}
	}
	result := uint64(0)
	switch id {
	case 5:
		r.time++
		result = r.time
	case 7:
		r.random = r.random*6364136223846793005 + 1442695040888963407
		result = r.random >> 32
	case 181:
		var err error
		if result, err = r.loop(f); err != nil {
			return err
		}
	}
	f.clobber()
	if id != 93 && id != 94 && id != 132 {
		f.set(0, result)
	}
	return nil
}

// loop is bpf_loop: it calls back until that returns something else than 0.
func (r *run) loop(f *frame) (n uint64, err error) {
	fn, ok := r.m.functionAt(f.reg[2])
	if !ok {
		return 0, errors.New("bpf_loop calls back no function")
	}
	count, ctx := uint64(uint32(f.reg[1])), f.reg[3] // the helper takes a u32
	for n < count {
		callee := &frame{}
		callee.set(1, n)
		callee.set(2, ctx)
		if err := r.function(fn, callee); err != nil {
			return 0, err
		}
		n++
		if !callee.has[0] {
			return 0, errors.New("a callback returns nothing")
		}
		if callee.reg[0] != 0 {
			break
		}
	}
	return n, nil
}
