package interp

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// alu runs an instruction of the classes ALU and ALU64.
func alu(f *frame, in insn, order binary.ByteOrder) error {
	wide := in.op&7 == 7
	op := in.op & 0xf0
	if op == 0xd0 {
		return swap(f, in, wide, order)
	}
	if in.off != 0 && op != 0xb0 && !(in.off == 1 && (op == 0x30 || op == 0x90)) || op == 0x80 && in.op&8 != 0 {
		return fmt.Errorf("opcode %#x with offset %d is not modelled", in.op, in.off)
	}
	operand := uint64(int64(in.imm))
	if in.op&8 != 0 {
		v, err := f.get(in.src)
		if err != nil {
			return err
		}
		operand = v
	}
	if op == 0xb0 {
		if in.off != 0 {
			if in.op&8 == 0 || in.off != 8 && in.off != 16 && !(in.off == 32 && wide) {
				return fmt.Errorf("a move with offset %d is not modelled", in.off)
			}
			operand = signExtend(operand, int(in.off))
		}
		f.set(in.dst, narrow(operand, wide))
		return nil
	}
	a, err := f.get(in.dst)
	if err != nil {
		return err
	}
	v, err := compute(op, narrow(a, wide), narrow(operand, wide), wide, in.off == 1)
	if err != nil {
		return err
	}
	f.set(in.dst, narrow(v, wide))
	return nil
}

// narrow is a value as the 32-bit instructions see it.
func narrow(v uint64, wide bool) uint64 {
	if wide {
		return v
	}
	return uint64(uint32(v))
}

func compute(op uint8, a, b uint64, wide, signed bool) (uint64, error) {
	mask := uint64(31)
	sa, sb := int64(int32(a)), int64(int32(b))
	if wide {
		mask = 63
		sa, sb = int64(a), int64(b)
	}
	switch op {
	case 0x00:
		return a + b, nil
	case 0x10:
		return a - b, nil
	case 0x20:
		return a * b, nil
	case 0x30:
		switch {
		case b == 0:
			return 0, nil
		case signed && sb == -1:
			return -a, nil // of the lowest number there is no opposite: it stays
		case signed:
			return uint64(sa / sb), nil
		}
		return a / b, nil
	case 0x90:
		switch {
		case b == 0:
			return a, nil
		case signed && sb == -1:
			return 0, nil
		case signed:
			return uint64(sa % sb), nil
		}
		return a % b, nil
	case 0x40:
		return a | b, nil
	case 0x50:
		return a & b, nil
	case 0xa0:
		return a ^ b, nil
	case 0x60:
		return a << (b & mask), nil
	case 0x70:
		return a >> (b & mask), nil
	case 0xc0:
		return uint64(sa >> (b & mask)), nil
	case 0x80:
		return -a, nil
	}
	return 0, fmt.Errorf("operation %#x is not modelled", op)
}

// swap changes the byte order of a register: always in class ALU64, else from that of the machine to the one that
// the source bit names.
func swap(f *frame, in insn, always bool, order binary.ByteOrder) error {
	if in.off != 0 || always && in.op&8 != 0 {
		return fmt.Errorf("opcode %#x with offset %d is not modelled", in.op, in.off)
	}
	v, err := f.get(in.dst)
	if err != nil {
		return err
	}
	big := order == binary.ByteOrder(binary.BigEndian)
	turn := always || (in.op&8 != 0) != big
	switch {
	case in.imm == 16 && turn:
		v = uint64(bits.ReverseBytes16(uint16(v)))
	case in.imm == 16:
		v = uint64(uint16(v))
	case in.imm == 32 && turn:
		v = uint64(bits.ReverseBytes32(uint32(v)))
	case in.imm == 32:
		v = uint64(uint32(v))
	case in.imm == 64 && turn:
		v = bits.ReverseBytes64(v)
	case in.imm != 64:
		return fmt.Errorf("a swap of %d bits", in.imm)
	}
	f.set(in.dst, v)
	return nil
}
