package lower

import "github.com/bpfsdt/bpf-sdt-link/code"

// The operations of ALU instructions.
const (
	aluAdd  = 0x00
	aluSub  = 0x10
	aluMul  = 0x20
	aluDiv  = 0x30
	aluOr   = 0x40
	aluAnd  = 0x50
	aluLsh  = 0x60
	aluRsh  = 0x70
	aluNeg  = 0x80 // what it makes may have any sign
	aluMod  = 0x90
	aluXor  = 0xa0
	aluMov  = 0xb0
	aluArsh = 0xc0
	aluEnd  = 0xd0
)

// compute returns what an ALU instruction makes of its operands.
func compute(in code.Insn, dst, src value) value {
	if in.Op&8 == 0 {
		src = known(int64(in.Imm))
	}
	if in.Class() == 4 {
		return compute32(in, dst, src)
	}
	switch op := in.Op & 0xf0; op {
	case aluMov:
		if in.Op&8 != 0 && in.Off != 0 {
			return someNumber
		}
		return src
	case aluAdd:
		return dst.plus(src)
	case aluSub:
		return dst.minus(src)
	case aluRsh:
		if src.num == constant && src.c&63 > 0 {
			return value{num: positive}
		}
	case aluLsh:
		switch {
		case dst.bases != 0 || src.num != constant:
		case dst.num == constant:
			return known(dst.c << (src.c & 63))
		case dst.notNegative() && src.c&63 <= 16:
			return value{num: positive} // an index that is scaled; no verifier lets one overflow
		}
	case aluAnd:
		if dst.num == constant && src.num == constant && dst.bases == 0 {
			return known(dst.c & src.c)
		}
		if dst.notNegative() && dst.bases == 0 || src.notNegative() && src.bases == 0 {
			return value{num: positive}
		}
	case aluMul, aluOr, aluXor, aluDiv, aluMod, aluArsh:
		if dst.bases|src.bases == 0 && dst.notNegative() && src.notNegative() {
			return value{num: positive}
		}
	case aluEnd:
		if in.Imm < 64 {
			return value{num: positive}
		}
	}
	return someNumber
}

// compute32 does the same with the lower halves; the upper one of the result is 0.
func compute32(in code.Insn, dst, src value) value {
	if in.Op&0xf0 == aluMov && src.num == constant && src.bases == 0 {
		return known(int64(uint32(src.c)))
	}
	if in.Op&0xf0 == aluEnd && in.Imm == 64 {
		return someNumber
	}
	return value{num: positive}
}
