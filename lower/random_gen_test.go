package lower_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/bpfsdt/bpf-sdt-link/code"
)

// Random programs that the verifier would take: whatever is read has a value on every path to it. They are made of
// statements (branches, loops, calls, stores, sites), and what each register and each slot of the stack holds is known
// at each point of the making.

// kind is what a register holds.
type kind uint8

const (
	nothing kind = iota
	number
	ctxPtr
	stackPtr // at least 8 bytes that have a value
)

// state is what is known at a point of a function.
type state struct {
	reg   [10]kind
	slots map[int]bool // by distance from the frame pointer, in slots of 8 bytes from 1: has a value
}

func (s *state) clone() *state {
	c := &state{reg: s.reg, slots: map[int]bool{}}
	for k := range s.slots {
		c.slots[k] = true
	}
	return c
}

// join keeps what two paths have in common.
func (s *state) join(o *state) {
	for r := range s.reg {
		if s.reg[r] != o.reg[r] {
			s.reg[r] = nothing
		}
	}
	for k := range s.slots {
		if !o.slots[k] {
			delete(s.slots, k)
		}
	}
}

// randSite is a probe site of a function: the NOP is at an instruction.
type randSite struct {
	insn  int
	probe int
	regs  []uint8
}

// randFunc is a function in the making.
type randFunc struct {
	name    string
	params  []kind
	returns bool // it sets r0 on all paths
	insns   []uint64
	calls   map[int]int // instruction -> function called
	addrs   map[int]int // ld_imm64 -> function whose address it takes
	sites   []randSite
	labels  []int       // label -> instruction
	jumps   map[int]int // instruction -> label
	frame   int         // slots
}

// randProgram is a whole program: function 0 is the main one.
type randProgram struct {
	funcs  []*randFunc
	probes []randProbe
}

// randProbe is a declaration.
type randProbe struct {
	name  string
	types []argType
}

// argType is an integer type.
type argType struct {
	name   string
	size   uint32
	signed bool
}

var argTypes = []argType{
	{"unsigned long", 8, false}, {"long", 8, true}, {"unsigned int", 4, false}, {"int", 4, true},
	{"unsigned short", 2, false}, {"short", 2, true}, {"unsigned char", 1, false}, {"signed char", 1, true},
}

// value is what an argument of the type is, given a register.
func (a argType) value(v uint64) uint64 { return v & (1<<(8*a.size-1)<<1 - 1) }

type generator struct {
	*rand.Rand
	p     *randProgram
	f     *randFunc
	index int
	s     *state
	depth int
	v4    bool
	// kernel leaves out what the verifier takes in a ctxPtr only that the program has not: a helper for ring buffers.
	kernel bool
}

// generate makes a program from a seed, for the interpreter or for the kernel.
func generate(seed uint64, kernel bool) *randProgram {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 99)), p: &randProgram{}, kernel: kernel}
	g.v4 = g.IntN(3) == 0
	for i := range 1 + g.IntN(4) {
		p := randProbe{name: fmt.Sprintf("p%d", i)}
		for range g.IntN(6) {
			t := argTypes[0]
			if g.IntN(2) == 0 {
				t = argTypes[g.IntN(len(argTypes))]
			}
			p.types = append(p.types, t)
		}
		g.p.probes = append(g.p.probes, p)
	}
	g.p.funcs = []*randFunc{{name: "main", params: []kind{ctxPtr}, returns: true}}
	for i := range g.IntN(4) {
		f := &randFunc{name: fmt.Sprintf("sub%d", i), returns: g.IntN(4) > 0}
		for range g.IntN(5) {
			f.params = append(f.params, []kind{number, number, stackPtr}[g.IntN(3)])
		}
		if g.IntN(4) == 0 { // a callback of bpf_loop
			f.params, f.returns = []kind{number, stackPtr}, true
		}
		g.p.funcs = append(g.p.funcs, f)
	}
	for i := range g.p.funcs {
		g.function(i)
	}
	return g.p
}

func (g *generator) function(i int) {
	f := g.p.funcs[i]
	f.calls, f.addrs, f.jumps = map[int]int{}, map[int]int{}, map[int]int{}
	f.frame = []int{0, 1, 2, 5, 20, 40, 62, 63, 64}[g.IntN(9)]
	if i > 0 {
		f.frame = []int{0, 1, 2, 5, 14}[g.IntN(5)]
	}
	g.f, g.index, g.depth = f, i, 0
	g.s = &state{slots: map[int]bool{}}
	for k, p := range f.params {
		g.s.reg[k+1] = p
	}
	if f.frame > 0 && g.IntN(2) == 0 {
		g.storeTo(f.frame) // the deepest slot
	}
	if g.IntN(3) > 0 {
		g.fill(6, 9)
	}
	g.statements(3 + g.IntN(10))
	if f.frame > 0 && g.IntN(4) > 0 {
		g.loadFrom(f.frame)
	}
	if f.returns {
		if g.s.reg[0] != number || g.IntN(4) > 0 {
			g.mix(0)
		}
	}
	g.emit(0x95, 0, 0, 0, 0)
	for at, l := range f.jumps {
		d := f.labels[l] - at - 1
		if op := byte(f.insns[at]); op == 0x06 {
			f.insns[at] = f.insns[at]&0xffffffff | uint64(uint32(int32(d)))<<32
		} else {
			f.insns[at] |= uint64(uint16(int16(d))) << 16
		}
	}
}

// mix gives a register a number that depends on all registers with numbers, so that a wrong one is noticed.
func (g *generator) mix(dst uint8) {
	first := true
	for r := range uint8(10) {
		if r == dst || g.s.reg[r] != number {
			continue
		}
		if first {
			g.emit(0xbf, dst, r, 0, 0)
			first = false
			continue
		}
		g.emit(0x27, dst, 0, 0, 31) // dst *= 31
		g.emit(0x0f, dst, r, 0, 0)  // dst += r
	}
	if first {
		g.emit(0xb7, dst, 0, 0, int32(g.IntN(1000)))
	}
	g.s.reg[dst] = number
}

// fill gives numbers to registers.
func (g *generator) fill(from, to uint8) {
	for r := from; r <= to; r++ {
		if g.s.reg[r] == nothing {
			g.emit(0xb7, r, 0, 0, int32(g.Uint32()))
			g.s.reg[r] = number
		}
	}
}

func (g *generator) emit(op, dst, src uint8, off int16, imm int32) int {
	g.f.insns = append(g.f.insns, uint64(op)|uint64(src<<4|dst)<<8|uint64(uint16(off))<<16|uint64(uint32(imm))<<32)
	return len(g.f.insns) - 1
}

func (g *generator) label() int {
	g.f.labels = append(g.f.labels, -1)
	return len(g.f.labels) - 1
}

func (g *generator) place(l int) { g.f.labels[l] = len(g.f.insns) }

func (g *generator) jump(op, dst, src uint8, imm int32, l int) {
	g.f.jumps[g.emit(op, dst, src, 0, imm)] = l
}

// with returns a register that holds a kind, and whether there is one.
func (g *generator) with(k kind) (uint8, bool) {
	var found []uint8
	for r, have := range g.s.reg {
		if have == k {
			found = append(found, uint8(r))
		}
	}
	if len(found) == 0 {
		return 0, false
	}
	return found[g.IntN(len(found))], true
}

// numberReg returns a register with a number, which it makes if there is none.
func (g *generator) numberReg() uint8 {
	if r, ok := g.with(number); ok {
		return r
	}
	r := uint8(g.IntN(10))
	g.emit(0xb7, r, 0, 0, int32(g.Uint32()))
	g.s.reg[r] = number
	return r
}

func (g *generator) statements(n int) {
	for range n {
		g.statement()
	}
}

func (g *generator) statement() {
	choices := []func(){g.alu, g.alu, g.set, g.site, g.site, g.site, g.store, g.load, g.loadContext, g.pointer, g.helper, g.call, g.callback, g.atomic, g.index8}
	if g.depth < 3 {
		choices = append(choices, g.branch, g.branch, g.loop)
	}
	choices[g.IntN(len(choices))]()
}

var aluOps = []uint8{0x00, 0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0x80, 0x90, 0xa0, 0xb0, 0xc0, 0xd0}

func (g *generator) alu() {
	dst, src := g.numberReg(), g.numberReg()
	class := []uint8{0x07, 0x04}[g.IntN(2)]
	op := aluOps[g.IntN(len(aluOps))]
	off, imm := int16(0), int32(g.Uint32())
	switch op {
	case 0xd0: // byte order
		imm = []int32{16, 32, 64}[g.IntN(3)]
		code := op | 0x04 | uint8(g.IntN(2))<<3
		if g.v4 && g.IntN(2) == 0 {
			code = op | 0x07
		}
		g.emit(code, dst, 0, 0, imm)
		return
	case 0x80:
		g.emit(op|class, dst, 0, 0, 0)
		return
	case 0x60, 0x70, 0xc0:
		imm = int32(g.IntN(32))
	case 0x30, 0x90:
		imm |= 1
		if g.v4 {
			off = int16(g.IntN(2))
		}
	case 0xb0:
		if g.v4 && g.IntN(2) == 0 {
			g.emit(op|class|8, dst, src, []int16{8, 16}[g.IntN(2)], 0)
			return
		}
	}
	if g.IntN(2) == 0 {
		g.emit(op|class, dst, 0, off, imm)
	} else {
		g.emit(op|class|8, dst, src, off, 0)
	}
}

// set gives a register a value.
func (g *generator) set() {
	dst := uint8(g.IntN(10))
	switch g.IntN(4) {
	case 0:
		if src, ok := g.with([]kind{number, ctxPtr, stackPtr}[g.IntN(3)]); ok {
			g.emit(0xbf, dst, src, 0, 0)
			g.s.reg[dst] = g.s.reg[src]
		}
		return
	case 1:
		g.emit(0x18, dst, 0, 0, int32(g.Uint32()))
		g.emit(0, 0, 0, 0, int32(g.Uint32()))
	default:
		g.emit(0xb7, dst, 0, 0, int32(g.Uint32()))
	}
	g.s.reg[dst] = number
}

// site places a probe. Most arguments are in registers with a value, as a compiler has them.
func (g *generator) site() {
	probe := g.IntN(len(g.p.probes))
	if g.IntN(2) == 0 {
		g.fill(0, 5)
	}
	s := randSite{insn: len(g.f.insns), probe: probe}
	for _, t := range g.p.probes[probe].types {
		r := g.numberReg()
		switch g.IntN(12) {
		case 0:
			if other := uint8(g.IntN(10)); t.size == 8 && g.s.reg[other] == nothing { // perhaps without one
				r = other
			}
		case 1:
			if p, ok := g.with(stackPtr); ok && t.size == 8 {
				r = p
			}
		}
		s.regs = append(s.regs, r)
	}
	s.insn = len(g.f.insns) // numberReg may have made one
	g.emit(0x05, 0, 0, 0, 0)
	g.f.sites = append(g.f.sites, s)
	if g.IntN(4) == 0 {
		g.site() // back to back
	}
}

func (g *generator) store() {
	if g.f.frame > 0 {
		g.storeTo(1 + g.IntN(g.f.frame))
	}
}

func (g *generator) storeTo(slot int) {
	if g.IntN(4) == 0 {
		g.emit(0x7a, 10, 0, int16(-8*slot), int32(g.Uint32()))
	} else {
		g.emit(0x7b, 10, g.numberReg(), int16(-8*slot), 0)
	}
	g.s.slots[slot] = true
}

// known returns a slot with a value.
func (g *generator) known() (int, bool) {
	var found []int
	for k := range g.s.slots {
		found = append(found, k)
	}
	if len(found) == 0 {
		return 0, false
	}
	slices.Sort(found)
	return found[g.IntN(len(found))], true
}

func (g *generator) load() {
	if slot, ok := g.known(); ok {
		g.loadFrom(slot)
	}
}

func (g *generator) loadFrom(slot int) {
	if !g.s.slots[slot] {
		return
	}
	dst := uint8(g.IntN(10))
	op := []uint8{0x79, 0x61, 0x69, 0x71}[g.IntN(4)]
	if g.v4 && g.IntN(3) == 0 {
		op = []uint8{0x81, 0x89, 0x91}[g.IntN(3)]
	}
	g.emit(op, dst, 10, int16(-8*slot), 0)
	g.s.reg[dst] = number
}

func (g *generator) loadContext() {
	if ctx, ok := g.with(ctxPtr); ok {
		dst := uint8(g.IntN(10))
		g.emit(0x61, dst, ctx, int16(12+4*g.IntN(2)), 0) // the interface and the queue, of an XDP program
		g.s.reg[dst] = number
	}
}

// pointer makes a pointer to a slot with a value, or uses one.
func (g *generator) pointer() {
	r := g.numberReg()
	if p, ok := g.with(stackPtr); ok && g.IntN(2) == 0 {
		if g.IntN(2) == 0 {
			g.emit(0x7b, p, r, 0, 0)
			return
		}
		dst := uint8(g.IntN(10))
		g.emit(0x79, dst, p, 0, 0)
		g.s.reg[dst] = number
		return
	}
	if slot, ok := g.known(); ok {
		g.pointTo(uint8(g.IntN(10)), slot)
	}
}

func (g *generator) pointTo(dst uint8, slot int) {
	g.emit(0xbf, dst, 10, 0, 0)
	g.emit(0x07, dst, 0, 0, int32(-8*slot))
	g.s.reg[dst] = stackPtr
}

// index8 writes a byte at an index, of a kind that can be followed or, now and then, cannot.
func (g *generator) index8() {
	slot, ok := g.known()
	if !ok {
		return
	}
	i := g.numberReg()
	p := uint8(g.IntN(10))
	for p == i {
		p = uint8(g.IntN(10))
	}
	g.emit(0x57, i, 0, 0, 7) // i &= 7
	if g.IntN(8) == 0 {      // an index of any sign, for all that can be seen
		g.emit(0x67, i, 0, 0, 32)
		g.emit(0xc7, i, 0, 0, 32)
	}
	g.pointTo(p, slot)
	g.emit(0x0f, p, i, 0, 0)
	g.emit(0x73, p, i, 0, 0)
	g.s.reg[p] = nothing
}

func (g *generator) atomic() {
	slot, ok := g.known()
	if !ok {
		return
	}
	src := g.numberReg()
	op := []uint8{0xdb, 0xc3}[g.IntN(2)]
	imm := []int32{0x00, 0x40, 0x50, 0xa0, 0x01, 0x41, 0x51, 0xa1, 0xe1, 0xf1}[g.IntN(10)]
	if imm == 0xf1 && g.s.reg[0] != number {
		g.emit(0xb7, 0, 0, 0, int32(g.Uint32()))
		g.s.reg[0] = number
	}
	g.emit(op, 10, src, int16(-8*slot), imm)
}

func (g *generator) clobber(returns bool) {
	for r := 0; r <= 5; r++ {
		g.s.reg[r] = nothing
	}
	if returns {
		g.s.reg[0] = number
	}
}

func (g *generator) helper() {
	id := []int32{7, 5, 8, 132}[g.IntN(4)]
	if g.kernel && id == 132 {
		id = 7
	}
	if id == 132 { // takes two, returns nothing
		g.emit(0xb7, 1, 0, 0, 1)
		g.emit(0xb7, 2, 0, 0, 2)
	}
	g.emit(0x85, 0, 0, 0, id)
	g.clobber(id != 132)
}

// argument gives a register what a parameter wants, and reports whether it can.
func (g *generator) argument(r uint8, k kind) bool {
	switch k {
	case number:
		if src, ok := g.with(number); ok {
			g.emit(0xbf, r, src, 0, 0)
		} else {
			g.emit(0xb7, r, 0, 0, int32(g.Uint32()))
		}
		g.s.reg[r] = number
	case stackPtr:
		slot, ok := g.known()
		if !ok {
			if g.f.frame == 0 {
				return false
			}
			slot = 1 + g.IntN(g.f.frame)
			g.storeTo(slot)
		}
		g.pointTo(r, slot)
	}
	return true
}

// call calls a function behind this one, so that there are no circles.
func (g *generator) call() {
	if g.index+1 >= len(g.p.funcs) {
		return
	}
	to := g.index + 1 + g.IntN(len(g.p.funcs)-g.index-1)
	for i, k := range g.p.funcs[to].params {
		if !g.argument(uint8(i+1), k) {
			return
		}
	}
	for i, k := range g.p.funcs[to].params {
		if g.s.reg[i+1] != k {
			return // a later argument has taken its place
		}
	}
	g.f.calls[g.emit(0x85, 0, 1, 0, -1)] = to
	g.clobber(g.p.funcs[to].returns)
}

func (g *generator) callback() {
	var able []int
	for i := g.index + 1; i < len(g.p.funcs); i++ {
		if p := g.p.funcs[i].params; len(p) == 2 && p[0] == number && p[1] == stackPtr && g.p.funcs[i].returns {
			able = append(able, i)
		}
	}
	if len(able) == 0 || !g.argument(3, stackPtr) {
		return
	}
	to := able[g.IntN(len(able))]
	g.emit(0xb7, 1, 0, 0, int32(1+g.IntN(3)))
	g.f.addrs[g.emit(0x18, 2, 4, 0, -1)] = to
	g.emit(0, 0, 0, 0, 0)
	g.emit(0xb7, 4, 0, 0, 0)
	g.emit(0x85, 0, 0, 0, 181)
	g.clobber(true)
}

var jumpOps = []uint8{0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0xa0, 0xb0, 0xc0, 0xd0}

// skip emits a conditional jump.
func (g *generator) skip(l int) {
	a, b := g.numberReg(), g.numberReg()
	class := []uint8{0x05, 0x06}[g.IntN(2)]
	op := jumpOps[g.IntN(len(jumpOps))]
	if g.IntN(2) == 0 {
		g.jump(op|class, a, 0, int32(g.Uint32()), l)
	} else {
		g.jump(op|class|8, a, b, 0, l)
	}
}

func (g *generator) branch() {
	g.depth++
	defer func() { g.depth-- }()
	other, end := g.label(), g.label()
	g.skip(other)
	before := g.s.clone()
	g.statements(g.IntN(3))
	if g.IntN(2) == 0 { // no else
		g.place(other)
		g.place(end)
		g.s.join(before)
		return
	}
	if g.v4 && g.IntN(2) == 0 {
		g.jump(0x06, 0, 0, 0, end)
	} else {
		g.jump(0x05, 0, 0, 0, end)
	}
	then := g.s
	g.s = before
	g.place(other)
	g.statements(g.IntN(3))
	g.place(end)
	g.s.join(then)
}

// loop counts down in a slot that nothing else uses, below all others.
func (g *generator) loop() {
	g.depth++
	defer func() { g.depth-- }()
	slot := g.f.frame + g.depth
	if slot > 64 {
		return
	}
	g.emit(0x7a, 10, 0, int16(-8*slot), int32(1+g.IntN(3)))
	head := g.label()
	g.place(head)
	for r := range g.s.reg { // numbers can be made again at the loop's end, pointers not
		if g.s.reg[r] != number {
			g.s.reg[r] = nothing
		}
	}
	before := g.s.clone()
	g.statements(1 + g.IntN(3))
	for r, k := range before.reg {
		if k == number && g.s.reg[r] != number {
			g.emit(0xb7, uint8(r), 0, 0, int32(g.Uint32()))
			g.s.reg[r] = number
		}
	}
	count := uint8(g.IntN(10))
	g.emit(0x79, count, 10, int16(-8*slot), 0)
	g.emit(0x17, count, 0, 0, 1)
	g.emit(0x7b, 10, count, int16(-8*slot), 0)
	g.s.reg[count] = number
	g.jump(0x55, count, 0, 0, head)
}

// bytes are the function's instructions.
func (f *randFunc) bytes(bo binary.ByteOrder) []byte {
	b := make([]byte, len(f.insns)*code.InsnSize)
	for i, in := range f.insns {
		w := b[i*code.InsnSize:]
		w[0], w[1] = byte(in), byte(in>>8)
		if bo == binary.ByteOrder(binary.BigEndian) {
			w[1] = w[1]<<4 | w[1]>>4
		}
		bo.PutUint16(w[2:], uint16(in>>16))
		bo.PutUint32(w[4:], uint32(in>>32))
	}
	return b
}
