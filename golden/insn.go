package golden

import (
	"fmt"
	"strings"
)

// Opcodes and their parts, of include/uapi/linux/bpf_common.h and bpf.h.
const (
	classLD    = 0
	classLDX   = 1
	classST    = 2
	classSTX   = 3
	classALU   = 4
	classJMP   = 5
	classJMP32 = 6
	classALU64 = 7

	opLoadImm64 = 0x18
	opJA        = 0x05
	opJAL       = 0x06
	opCall      = 0x85
	opCallX     = 0x8d
	opExit      = 0x95
	opMayGoto   = 0xe5
	jmpCall     = 0x80
	jmpExit     = 0x90

	modeABS   = 0x20
	modeIND   = 0x40
	modeMEM   = 0x60
	modeMEMSX = 0x80
	modeATOM  = 0xc0

	srcReg = 8
)

// insn is an instruction to be printed. Each field that its text does not show for what it is, and that is not zero,
// is shown raw behind the text, so that nothing in the eight bytes is hidden.
type insn struct {
	d      *dumper
	piece  *piece
	at     uint64 // bytes from the start of the section
	labels map[uint64]int
	raw    []byte
	second []byte // of ld_imm64
	typeID bool   // the immediate is a type id

	op       byte
	dst, src int
	off      int64
	imm      int64
	shown    struct{ dst, src, off, imm bool }
}

func (x *insn) text() string {
	bo := x.d.o.Order
	x.op = x.raw[0]
	x.dst, x.src = int(x.raw[1]&15), int(x.raw[1]>>4)
	if bo.String() == "BigEndian" { // the registers are a bit field
		x.dst, x.src = x.src, x.dst
	}
	x.off, x.imm = int64(int16(bo.Uint16(x.raw[2:]))), word32(bo, x.raw)
	text := ""
	switch x.op & 7 {
	case classLD:
		text = x.load64()
	case classLDX, classST, classSTX:
		text = x.memory()
	case classALU, classALU64:
		text = x.alu()
	case classJMP, classJMP32:
		text = x.jump()
	}
	if text == "" {
		text = fmt.Sprintf(".insn %#02x", x.op)
	}
	// A call and ld_imm64 have named their relocation already.
	if x.op != opCall && x.op != opLoadImm64 {
		if name, ok := x.d.relocated(x.piece.section, x.at, insnSize, x.raw); ok {
			text += " FAULT: relocated: " + name
		}
	}
	var rest []string
	for _, f := range []struct {
		name  string
		value int64
		shown bool
	}{{"dst", int64(x.dst), x.shown.dst}, {"src", int64(x.src), x.shown.src}, {"off", x.off, x.shown.off}, {"imm", x.imm, x.shown.imm}} {
		if f.value != 0 && !f.shown {
			rest = append(rest, fmt.Sprintf("%s=%d", f.name, f.value))
		}
	}
	if len(rest) > 0 {
		text += " {" + strings.Join(rest, " ") + "}"
	}
	return text
}

func (x *insn) dstReg() string { x.shown.dst = true; return fmt.Sprintf("r%d", x.dst) }
func (x *insn) srcReg() string { x.shown.src = true; return fmt.Sprintf("r%d", x.src) }
func (x *insn) immediate() string {
	x.shown.imm = true
	if x.typeID {
		return "type id"
	}
	return fmt.Sprint(x.imm)
}

func (x *insn) load64() string {
	switch {
	case x.op == opLoadImm64 && x.second != nil:
		dst := x.dstReg()
		x.shown.imm = true
		bo := x.d.o.Order
		high := uint64(bo.Uint32(x.second[4:]))
		extra := ""
		if bo.Uint32(x.second[:4]) != 0 {
			extra = fmt.Sprintf(" {second: % x}", x.second[:4])
		}
		if name, ok := x.d.relocated(x.piece.section, x.at, 2*insnSize, x.raw); ok {
			if high != 0 {
				extra += fmt.Sprintf(" {imm of second: %#x}", high)
			}
			return dst + " = &" + name + extra
		}
		if x.typeID {
			return dst + " = type id ll" + extra
		}
		return fmt.Sprintf("%s = %#x ll%s", dst, high<<32|uint64(uint32(x.imm)), extra)
	case x.op&0xe0 == modeABS:
		return fmt.Sprintf("r0 = *(%s *)skb[%s]", x.size(), x.immediate())
	case x.op&0xe0 == modeIND:
		return fmt.Sprintf("r0 = *(%s *)skb[%s + %s]", x.size(), x.srcReg(), x.immediate())
	}
	return ""
}

func (x *insn) size() string { return [...]string{"u32", "u16", "u8", "u64"}[x.op>>3&3] }

// address is the memory operand of a register.
func (x *insn) address(reg string) string {
	x.shown.off = true
	if x.off < 0 {
		return fmt.Sprintf("%s - %d", reg, -x.off)
	}
	return fmt.Sprintf("%s + %d", reg, x.off)
}

func (x *insn) memory() string {
	size := x.size()
	switch class, mode := x.op&7, x.op&0xe0; {
	case class == classLDX && mode == modeMEM:
		return fmt.Sprintf("%s = *(%s *)(%s)", x.dstReg(), size, x.address(x.srcReg()))
	case class == classLDX && mode == modeMEMSX:
		return fmt.Sprintf("%s = *(s%s *)(%s)", x.dstReg(), size[1:], x.address(x.srcReg()))
	case class == classST && mode == modeMEM:
		return fmt.Sprintf("*(%s *)(%s) = %s", size, x.address(x.dstReg()), x.immediate())
	case class == classSTX && mode == modeMEM:
		return fmt.Sprintf("*(%s *)(%s) = %s", size, x.address(x.dstReg()), x.srcReg())
	case class == classSTX && mode == modeATOM:
		x.shown.imm = true
		return fmt.Sprintf("atomic %#x *(%s *)(%s), %s", x.imm, size, x.address(x.dstReg()), x.srcReg())
	}
	return ""
}

var aluOps = [...]string{"+=", "-=", "*=", "/=", "|=", "&=", "<<=", ">>=", "neg", "%=", "^=", "=", "s>>=", "end"}

func (x *insn) alu() string {
	op := int(x.op >> 4)
	if op >= len(aluOps) {
		return ""
	}
	prefix := "r"
	if x.op&7 == classALU {
		prefix = "w"
	}
	x.shown.dst = true
	dst := fmt.Sprintf("%s%d", prefix, x.dst)
	switch aluOps[op] {
	case "neg":
		return dst + " = -" + dst
	case "end":
		x.shown.imm = true
		kind := "le"
		if x.op&srcReg != 0 {
			kind = "be"
		}
		if x.op&7 == classALU64 {
			kind = "bswap"
		}
		return fmt.Sprintf("r%d = %s%d r%d", x.dst, kind, x.imm, x.dst)
	}
	operand := ""
	if x.op&srcReg != 0 {
		x.shown.src = true
		operand = fmt.Sprintf("%s%d", prefix, x.src)
		// A move with an offset extends the sign; other offsets show raw.
		if aluOps[op] == "=" && (x.off == 8 || x.off == 16 || x.off == 32) {
			x.shown.off = true
			operand = fmt.Sprintf("(s%d)%s", x.off, operand)
		}
	} else {
		operand = x.immediate()
	}
	sign := ""
	if (aluOps[op] == "/=" || aluOps[op] == "%=") && x.off == 1 {
		x.shown.off = true
		sign = "s"
	}
	return dst + " " + sign + aluOps[op] + " " + operand
}

var jmpOps = [...]string{1: "==", ">", ">=", "&", "!=", "s>", "s>=", 10: "<", "<=", "s<", "s<="}

func (x *insn) jump() string {
	switch x.op {
	case opCall:
		return x.call()
	case opCallX:
		return "callx " + x.dstReg()
	case opExit:
		return "exit"
	case opJA:
		return "goto " + x.where()
	case opJAL:
		x.shown.imm = true
		return "gotol " + x.where()
	case opMayGoto:
		return "may_goto " + x.where()
	case opJA | srcReg:
		return "goto *" + x.dstReg()
	}
	op := int(x.op >> 4)
	if op >= len(jmpOps) || jmpOps[op] == "" {
		return ""
	}
	prefix := "r"
	if x.op&7 == classJMP32 {
		prefix = "w"
	}
	x.shown.dst = true
	operand := ""
	if x.op&srcReg != 0 {
		x.shown.src = true
		operand = fmt.Sprintf("%s%d", prefix, x.src)
	} else {
		operand = x.immediate()
	}
	return fmt.Sprintf("if %s%d %s %s goto %s", prefix, x.dst, jmpOps[op], operand, x.where())
}

// where is the label a jump leads to.
func (x *insn) where() string {
	t, _ := x.d.jumpTarget(x.raw, x.at)
	if x.op != opJAL {
		x.shown.off = true
	}
	if isNop(x.raw) {
		return "+0"
	}
	if l, ok := x.labels[t]; ok {
		return fmt.Sprintf("L%d", l)
	}
	return x.d.names.at(x.piece.section, int64(t))
}

// The source register of a call says what kind of call it is: BPF_PSEUDO_CALL, BPF_PSEUDO_KFUNC_CALL.
const (
	pseudoCall  = 1
	pseudoKfunc = 2
)

func (x *insn) call() string {
	x.shown.imm = true
	name, relocated := x.d.relocated(x.piece.section, x.at, insnSize, x.raw)
	switch {
	case relocated:
		x.shown.src = x.src == pseudoCall
		if x.src == 0 {
			name += " {src=0}"
		}
		return "call " + name
	case x.src == pseudoCall:
		x.shown.src = true
		return "call " + x.d.names.at(x.piece.section, int64(x.at)+(x.imm+1)*insnSize)
	case x.src == pseudoKfunc:
		x.shown.src = true
		return fmt.Sprintf("call kfunc %d", x.imm)
	}
	return fmt.Sprintf("call helper %d", x.imm)
}
