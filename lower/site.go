package lower

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/bpfsdt/bpf-sdt-link/code"
)

const (
	maxArgs   = 5
	frameReg  = 10
	slotSize  = 8
	stackSize = 512 // bytes of stack, of a function and of a chain of calls
)

// Opcodes of what a lowered site is made of.
const (
	opMov64 = 0xbf // dst = src
	opMovK  = 0xb7 // dst = imm
	opAndK  = 0x57 // dst &= imm
	opLshK  = 0x67 // dst <<= imm
	opArshK = 0xc7 // dst s>>= imm
	opNeg   = 0x87 // dst = -dst
	opStore = 0x7b // *(u64 *)(dst + off) = src
	opLoad  = 0x79 // dst = *(u64 *)(src + off)
	opCall  = 0x85

	srcCall = 1 // BPF_PSEUDO_CALL
)

// op is an instruction to be put in.
type op struct {
	code, dst, src uint8
	off            int16
	imm            int32
}

func encode(bo binary.ByteOrder, ops []op) []byte {
	b := make([]byte, len(ops)*code.InsnSize)
	for i, o := range ops {
		w := b[i*code.InsnSize:]
		w[0], w[1] = o.code, o.src<<4|o.dst
		if bo == binary.ByteOrder(binary.BigEndian) {
			w[1] = o.dst<<4 | o.src
		}
		bo.PutUint16(w[2:], uint16(o.off))
		bo.PutUint32(w[4:], uint32(o.imm))
	}
	return b
}

// save is where a register is kept during the call: in another register, or if to is 0 in a slot of the stack.
type save struct {
	reg  uint8
	to   uint8
	slot int
}

// block is what a site becomes.
type block struct {
	lowered bool
	refused bool
	saves   []save
	unset   code.Regs // argument registers without a value
}

// lowerSites decides for each site of a function how it becomes a call.
func (s *state) lowerSites(f *function) {
	if f.Problem == "" {
		s.settle(f)
	}
	for i := range f.Sites {
		if f.Sites[i].Lower {
			s.lowerSite(f, i)
		}
	}
	s.placeSlots(f)
}

func (s *state) lowerSite(f *function, site int) {
	at := &f.Sites[site]
	if f.Problem != "" {
		s.refuse(f, site, "lower-code", "compile with another optimisation level or compiler, or leave the probe a NOP",
			"probe '%s' cannot become a call in '%s': %s", at.Probe, f.Name, f.Problem)
		return
	}
	i := f.slot(site)
	if !f.reached(i) {
		f.blocks[site].lowered = true // it cannot run: no register holds anything
		return
	}
	need, all := s.neededAfter(f, site), s.siteNeeds(f, site)
	has := all & f.must[i]
	if stuck := all & f.may[i] &^ has; stuck != 0 {
		s.refuse(f, site, "lower-unset", "give the variables a value on every path, or leave the probe a NOP",
			"probe '%s' in '%s': not all paths to the site give a value to what is in %s", at.Probe, f.Name, registers(stuck))
		return
	}
	b := block{lowered: true, unset: f.siteUse(site) &^ has &^ code.Reg(frameReg)}
	if b.unset != 0 {
		s.warn(f, site, "lower-unset", "", "probe '%s' in '%s': %s, which holds an argument, is never given a value; the observer gets 0", at.Probe, f.Name, registers(b.unset))
	}
	pinned := s.pinnedAt(f, i)
	b.saves = placeSaves(need&has&(code.CallerSaved|r0), need, f.siteUse(site), pinned)
	f.blocks[site] = b
	for _, v := range b.saves {
		if v.to == 0 && pinned.Has(v.reg) {
			s.refuse(f, site, "lower-dynptr", "leave the probe a NOP, or place it where fewer variables are in use",
				"probe '%s' in '%s': r%d holds a dynptr, which the verifier does not let onto the stack, and no other register is free", at.Probe, f.Name, v.reg)
		}
	}
	for _, v := range b.saves {
		if v.to == 0 {
			f.slots = max(f.slots, v.slot+1)
		}
	}
}

// placeSaves finds a place for each register to save: the registers from r6 to r9 that nothing reads before they are
// set anew, for what is pinned first, then slots of the stack.
func placeSaves(regs, need, args, pinned code.Regs) (saves []save) {
	free := code.CalleeSaved &^ need &^ args
	if fault == UseLiveR6 {
		free = code.CalleeSaved &^ args
	}
	slot := 0
	place := func(r uint8) {
		v := save{reg: r}
		if free != 0 {
			v.to = lowest(free)
			free &^= code.Reg(v.to)
		} else {
			v.slot = slot
			slot++
		}
		saves = append(saves, v)
	}
	(regs & pinned).Each(place)
	(regs &^ pinned).Each(place)
	if fault == DropSave && len(saves) > 0 {
		saves = saves[1:]
	}
	return saves
}

func lowest(r code.Regs) (n uint8) {
	for !r.Has(n) {
		n++
	}
	return n
}

// registers names the registers of a set.
func registers(r code.Regs) string {
	var names []string
	r.Each(func(n uint8) { names = append(names, fmt.Sprintf("r%d", n)) })
	return strings.Join(names, ", ")
}

// placeSlots puts the slots of a function below its frame, and refuses the sites that need more than there is.
func (s *state) placeSlots(f *function) {
	if f.slots == 0 {
		return
	}
	frame, known := f.size()
	for i := range f.blocks {
		n := f.blocks[i].stackSlots()
		switch {
		case n == 0:
		case !known:
			s.refuse(f, i, "lower-frame", "compile with -fstack-size-section, which says how large the frame is",
				"probe '%s' in '%s': there is no telling how deep the stack frame is, so there is no safe place to save %s", f.Sites[i].Probe, f.Name, f.blocks[i].onStack())
		case frame+n*slotSize > stackSize:
			s.refuse(f, i, "lower-stack", "make the variables of the function smaller or fewer, move some of it into another function, or leave the probe a NOP",
				"probe '%s' in '%s': no room on the stack to save %s: the frame already uses %d of %d bytes", f.Sites[i].Probe, f.Name, f.blocks[i].onStack(), frame, stackSize)
		}
	}
}

func (b *block) stackSlots() (n int) {
	for _, v := range b.saves {
		if v.to == 0 {
			n++
		}
	}
	return n
}

// onStack names the registers that a block saves on the stack.
func (b *block) onStack() string {
	var regs code.Regs
	for _, v := range b.saves {
		if v.to == 0 {
			regs |= code.Reg(v.reg)
		}
	}
	return registers(regs)
}

// slotOffset is where a slot is, in bytes from the frame pointer.
func (f *function) slotOffset(slot int) int16 {
	frame, _ := f.size()
	if fault == SlotHigh {
		frame -= slotSize
	}
	return int16(-(frame + (slot+1)*slotSize))
}

// edits returns the edits that lower the sites of a function.
func (f *function) edits(bo binary.ByteOrder) (edits []code.Edit) {
	for i := range f.blocks {
		if f.blocks[i].lowered {
			edits = append(edits, f.siteEdit(bo, i))
		}
	}
	for i := zeroAtEntry; i < len(f.form); i++ {
		regs := f.zero[i]
		if regs == 0 {
			continue
		}
		var ops []op
		regs.Each(func(r uint8) { ops = append(ops, op{code: opMovK, dst: r}) })
		e := code.Edit{New: encode(bo, ops), Refs: true} // at the function's start
		if i != zeroAtEntry {
			e.At, e.Refs = uint64(f.next(i)*code.InsnSize), false
		}
		edits = append(edits, e)
	}
	return edits
}

// siteEdit is the edit that makes a site a call.
func (f *function) siteEdit(bo binary.ByteOrder, site int) code.Edit {
	at, b := &f.Sites[site], &f.blocks[site]
	var ops, restores []op
	for _, v := range b.saves {
		if v.to != 0 {
			ops = append(ops, op{code: opMov64, dst: v.to, src: v.reg})
			restores = append(restores, op{code: opMov64, dst: v.reg, src: v.to})
		} else {
			off := f.slotOffset(v.slot)
			ops = append(ops, op{code: opStore, dst: frameReg, src: v.reg, off: off})
			restores = append(restores, op{code: opLoad, dst: v.reg, src: frameReg, off: off})
		}
	}
	if f.reached(f.slot(site)) {
		ops = append(ops, arguments(at, b.unset)...)
	}
	call := len(ops)
	ops = append(append(ops, op{code: opCall, src: srcCall, imm: -1}), restores...)
	e := code.Edit{At: at.Off, Old: code.InsnSize, New: encode(bo, ops), Refs: true, Jumps: true,
		Calls: []code.EditCall{{Off: uint64(call * code.InsnSize), Callee: at.Callee}}}
	if at.Insert {
		e.Old = 0
	}
	return e
}

// arguments are the instructions that move the arguments of a site to r1 to rN.
func arguments(at *Site, unset code.Regs) (ops []op) {
	var zero []op
	moves := make([]move, 0, maxArgs)
	for i, src := range at.Regs {
		dst := uint8(i + 1)
		if unset.Has(src) {
			zero = append(zero, op{code: opMovK, dst: dst})
			continue
		}
		moves = append(moves, move{dst, src})
	}
	if fault == SequentialMoves {
		for _, m := range moves {
			ops = append(ops, op{code: opMov64, dst: m.dst, src: m.src})
		}
	} else {
		ops = parallel(moves)
	}
	ops = append(ops, zero...)
	for i := range at.Regs {
		if i < len(at.Extend) {
			ops = append(ops, extend(uint8(i+1), at.Extend[i])...)
		}
	}
	return ops
}

type move struct{ dst, src uint8 }

// parallel orders moves so that none overwrites what another one still reads. r0 is free once nothing reads it: no
// move writes to it, so it is not in a cycle, and what reads it has been put out by the time a cycle is left.
func parallel(moves []move) (ops []op) {
	var pending []move
	for _, m := range moves {
		if m.dst != m.src {
			pending = append(pending, m)
		}
	}
	for len(pending) > 0 {
		ready := -1
		for i, m := range pending {
			if !reads(pending, m.dst) {
				ready = i
				break
			}
		}
		if ready >= 0 {
			m := pending[ready]
			ops = append(ops, op{code: opMov64, dst: m.dst, src: m.src})
			pending = append(pending[:ready], pending[ready+1:]...)
			continue
		}
		// Only cycles are left. Keep one value aside, so that its register can be written.
		aside := pending[0].dst
		ops = append(ops, op{code: opMov64, dst: 0, src: aside})
		for i := range pending {
			if pending[i].src == aside {
				pending[i].src = 0
			}
		}
	}
	return ops
}

func reads(moves []move, r uint8) bool {
	for _, m := range moves {
		if m.src == r {
			return true
		}
	}
	return false
}

// extend widens a value to its register, as callers have to do for parameters that are narrower than an int.
func extend(r uint8, width int8) []op {
	switch width {
	case Number: // the sign changed twice: the same bits, and the verifier forgets what they are
		return []op{{code: opNeg, dst: r}, {code: opNeg, dst: r}}
	case 1, 2:
		return []op{{code: opAndK, dst: r, imm: 1<<(8*int32(width)) - 1}}
	case -1, -2:
		bits := 64 + 8*int32(width)
		return []op{{code: opLshK, dst: r, imm: bits}, {code: opArshK, dst: r, imm: bits}}
	}
	return nil
}
