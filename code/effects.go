package code

import (
	"encoding/binary"
	"math/bits"
)

// Insn is an instruction taken apart, to look at. It is never put together again.
type Insn struct {
	Op       uint8 // the opcode, with class and source bits
	Dst, Src uint8 // registers
	Off      int16 // of a jump in instructions, of a load or store in bytes
	Imm      int32
}

// Decode takes the instruction at off apart; of an ld_imm64 it is the first half.
func Decode(bo binary.ByteOrder, data []byte, off uint64) Insn {
	dst, src := Registers(bo, data, off)
	return Insn{Op: data[off], Dst: dst, Src: src, Off: int16(bo.Uint16(data[off+2:])), Imm: int32(bo.Uint32(data[off+4:]))}
}

// Regs is a set of registers: bit n is rN.
type Regs uint16

// Sets of registers.
const (
	CallerSaved Regs = 0x3e  // r1 to r5, which a call leaves undefined
	CalleeSaved Regs = 0x3c0 // r6 to r9
	ctxReg           = 6     // where legacy packet loads take the context from
)

// Reg is the set of one register.
func Reg(n uint8) Regs { return 1 << n }

// ArgRegs is the set of the registers that hold n arguments.
func ArgRegs(n int) Regs { return (1<<n - 1) << 1 }

// Has reports whether a register is in the set.
func (r Regs) Has(n uint8) bool { return r&(1<<n) != 0 }

// Each calls fn for each register of the set, in order.
func (r Regs) Each(fn func(n uint8)) {
	for ; r != 0; r &= r - 1 {
		fn(uint8(bits.TrailingZeros16(uint16(r))))
	}
}

// Len is the number of registers in the set.
func (r Regs) Len() int { return bits.OnesCount16(uint16(r)) }

// Form is the kind of an instruction, by what a rewriter has to know of it.
type Form uint8

const (
	Unknown   Form = iota // an instruction that this package does not know
	LoadImm               // ld_imm64, of 16 bytes
	LoadAbs               // LD_ABS and LD_IND, the legacy packet loads
	Load                  // LDX
	Store                 // ST, STX
	Atomic                // STX with BPF_ATOMIC
	Compute               // ALU, ALU64
	Jump                  // goto, gotol
	JumpIf                // conditional jumps
	JumpTable             // gotox
	JumpMaybe             // may_goto
	Call                  // of a helper, a kfunc or a function
	Exit                  // of the function
)

// Fields of opcodes, and the immediates of atomic operations.
const (
	classLd    = 0x00
	classLdx   = 0x01
	classSt    = 0x02
	classStx   = 0x03
	classAlu   = 0x04
	classAlu64 = 0x07

	modeAbs    = 0x20
	modeInd    = 0x40
	modeMem    = 0x60
	modeMemSX  = 0x80
	modeAtomic = 0xc0

	sizeW  = 0x00
	sizeDW = 0x18

	srcReg = 0x08 // BPF_X

	aluDiv  = 0x30
	aluNeg  = 0x80
	aluMod  = 0x90
	aluMov  = 0xb0
	aluEnd  = 0xd0
	jmpCond = 0xe0

	AtomicFetch   = 0x01
	AtomicXchg    = 0xe1
	AtomicCmpXchg = 0xf1
	atomicLoad    = 0x100 // BPF_LOAD_ACQ
	atomicStore   = 0x110 // BPF_STORE_REL
)

// Class is the class of the instruction, the low three bits of the opcode.
func (i Insn) Class() uint8 { return i.Op & 7 }

// Size is the number of bytes that a load or store touches.
func (i Insn) Size() int {
	return [4]int{4, 2, 1, 8}[i.Op>>3&3]
}

// Form tells what kind of instruction it is: Unknown for every encoding that the instruction set does not have, as of
// Linux 6.18.
func (i Insn) Form() Form {
	if i.Dst > 10 || i.Src > 10 {
		return Unknown
	}
	switch i.Class() {
	case classLd:
		return i.formLd()
	case classLdx:
		if m := i.Op & 0xe0; m == modeMem || m == modeMemSX && i.Op&sizeDW != sizeDW {
			return Load
		}
	case classSt:
		if i.Op&0xe0 == modeMem {
			return Store
		}
	case classStx:
		switch i.Op & 0xe0 {
		case modeMem:
			return Store
		case modeAtomic:
			return i.formAtomic()
		}
	case classAlu, classAlu64:
		return i.formAlu()
	}
	return i.formJmp()
}

func (i Insn) formLd() Form {
	switch m := i.Op & 0xe0; {
	case i.Op == opLdImm64 && i.Src <= 6:
		return LoadImm
	case (m == modeAbs || m == modeInd) && i.Op&sizeDW != sizeDW:
		return LoadAbs
	}
	return Unknown
}

func (i Insn) formAtomic() Form {
	switch i.Imm {
	case atomicLoad, atomicStore:
		return Atomic
	case 0x00, 0x40, 0x50, 0xa0, 0x01, 0x41, 0x51, 0xa1, AtomicXchg, AtomicCmpXchg:
		if size := i.Op & sizeDW; size == sizeW || size == sizeDW {
			return Atomic
		}
	}
	return Unknown
}

func (i Insn) formAlu() Form {
	known := false
	switch op := i.Op & 0xf0; op {
	case aluMov:
		switch {
		case i.Op&srcReg == 0:
			known = i.Off == 0
		case i.Class() == classAlu:
			known = i.Off == 0 || i.Off == 8 || i.Off == 16
		default: // 1: a cast between address spaces
			known = i.Off == 0 || i.Off == 8 || i.Off == 16 || i.Off == 32 || i.Off == 1
		}
	case aluDiv, aluMod:
		known = i.Off == 0 || i.Off == 1
	case aluNeg:
		known = i.Off == 0 && i.Op&srcReg == 0
	case aluEnd:
		known = i.Off == 0 && (i.Imm == 16 || i.Imm == 32 || i.Imm == 64) && (i.Class() == classAlu || i.Op&srcReg == 0)
	default:
		known = i.Off == 0 && op < aluEnd
	}
	if known {
		return Compute
	}
	return Unknown
}

func (i Insn) formJmp() Form {
	switch i.Op {
	case opGoto, opGotol:
		return Jump
	case opGotox:
		return JumpTable
	case opCall:
		if i.Src <= 2 {
			return Call
		}
		return Unknown
	case opExit:
		return Exit
	case jmpCond | classJmp:
		if i.Src == 0 && i.Imm == 0 {
			return JumpMaybe
		}
		return Unknown
	}
	switch op := i.Op & 0xf0; op {
	case 0x00, 0x80, 0x90, 0xe0, 0xf0:
		return Unknown
	}
	return JumpIf
}

// Effects returns the registers that an instruction reads, and those that it gives a value. What a call does is not
// in the instruction: it is left to the caller. Form must not be Unknown.
func (i Insn) Effects() (use, def Regs) {
	dst, src := Reg(i.Dst), Reg(i.Src)
	bySrc := func(r Regs) Regs {
		if i.Op&srcReg != 0 {
			return r | src
		}
		return r
	}
	switch i.Form() {
	case LoadImm:
		return 0, dst
	case LoadAbs:
		if i.Op&0xe0 == modeInd {
			return Reg(ctxReg) | src, Reg(0)
		}
		return Reg(ctxReg), Reg(0)
	case Load:
		return src, dst
	case Store:
		if i.Class() == classSt {
			return dst, 0
		}
		return dst | src, 0
	case Atomic:
		return i.atomicEffects()
	case Compute:
		switch i.Op & 0xf0 {
		case aluMov:
			return bySrc(0), dst
		case aluEnd, aluNeg:
			return dst, dst
		}
		return bySrc(dst), dst
	case JumpIf:
		return bySrc(dst), 0
	case JumpTable:
		return dst, 0
	case Exit:
		return Reg(0), 0
	}
	return 0, 0
}

func (i Insn) atomicEffects() (use, def Regs) {
	dst, src := Reg(i.Dst), Reg(i.Src)
	switch {
	case i.Imm == atomicLoad:
		return src, dst
	case i.Imm == atomicStore:
		return dst | src, 0
	case i.Imm == AtomicCmpXchg:
		return dst | src | Reg(0), Reg(0)
	case i.Imm&AtomicFetch != 0:
		return dst | src, src
	}
	return dst | src, 0
}

// NewerThanV3 reports whether an instruction is one of those that -mcpu=v4 brought: whoever runs such code has gotol
// as well.
func (i Insn) NewerThanV3() bool {
	switch i.Form() {
	case Load:
		return i.Op&0xe0 == modeMemSX
	case Compute:
		op := i.Op & 0xf0
		return op == aluMov && i.Op&srcReg != 0 && i.Off >= 8 || (op == aluDiv || op == aluMod) && i.Off == 1 || op == aluEnd && i.Class() == classAlu64
	case Jump:
		return i.Op == opGotol
	case JumpTable:
		return true
	}
	return false
}
