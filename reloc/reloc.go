// Package reloc knows the BPF relocation types: where the addend of each stands, how to
// read it and how to change it. BPF relocations are of SHT_REL form, so the addend is in
// the section contents; see Documentation/bpf/llvm_reloc.rst of the kernel for the types.
//
// Begin with [Classify], which finds the [Field] that a relocation is about, and checks that there is one.
package reloc

import (
	"encoding/binary"
	"fmt"
	"math"
)

// The relocation types of EM_BPF, by their LLVM names (readelf prints older ones).
const (
	None     = 0  // R_BPF_NONE
	LD64     = 1  // R_BPF_64_64: ld_imm64; in data sections of clang before 13: 64-bit word
	Abs64    = 2  // R_BPF_64_ABS64: 64-bit word
	Abs32    = 3  // R_BPF_64_ABS32: 32-bit word
	NoDyld32 = 4  // R_BPF_64_NODYLD32: 32-bit word in .BTF and .BTF.ext, never applied
	Call32   = 10 // R_BPF_64_32: call; in data sections of clang before 13: 32-bit word
)

// Opcodes that take a relocation.
const (
	opLdImm64 = 0x18 // BPF_LD | BPF_DW | BPF_IMM
	opCall    = 0x85 // BPF_JMP | BPF_CALL
)

// Name returns the LLVM name of a relocation type.
func Name(typ uint32) string {
	switch typ {
	case None:
		return "R_BPF_NONE"
	case LD64:
		return "R_BPF_64_64"
	case Abs64:
		return "R_BPF_64_ABS64"
	case Abs32:
		return "R_BPF_64_ABS32"
	case NoDyld32:
		return "R_BPF_64_NODYLD32"
	case Call32:
		return "R_BPF_64_32"
	}
	return fmt.Sprintf("R_BPF type %d", typ)
}

// Field is where the addend of a relocation stands and how it is encoded.
type Field uint8

const (
	Word64 Field = iota + 1 // 8 bytes at the relocation's offset
	Word32                  // 4 bytes at the relocation's offset
	Imm64                   // the first immediate of an ld_imm64, modulo 2^32, as clang and the loaders have it
	Call                    // the immediate of a call, in instructions, less one
)

// Size is the number of bytes at the relocation's offset that the field and its
// instruction take.
func (f Field) Size() uint64 {
	switch f {
	case Word64, Call:
		return 8
	case Word32:
		return 4
	}
	return 16
}

// Classify finds the field of a relocation of type typ at offset off of a section with the
// given contents. The error says what does not fit: an unknown type, an offset too near the
// section's end, or an instruction that takes no such relocation.
func Classify(typ uint32, exec bool, data []byte, off uint64) (Field, error) {
	var f Field
	switch {
	case typ == Abs64, typ == LD64 && !exec:
		f = Word64
	case typ == Abs32, typ == Call32 && !exec:
		f = Word32
	case typ == LD64, typ == Call32:
		f = Imm64
		if off%8 != 0 {
			return 0, fmt.Errorf("%s at an offset that is no multiple of 8", Name(typ))
		}
		if off >= uint64(len(data)) {
			return 0, fmt.Errorf("%s outside its section", Name(typ))
		}
		switch op := data[off]; {
		case op == opCall:
			f = Call
		case op != opLdImm64:
			return 0, fmt.Errorf("%s at an instruction with opcode %#02x, which takes none", Name(typ), op)
		}
	default:
		return 0, fmt.Errorf("unknown relocation type %d", typ)
	}
	if off > uint64(len(data)) || f.Size() > uint64(len(data))-off {
		return 0, fmt.Errorf("%s runs over the end of its section", Name(typ))
	}
	return f, nil
}

// Addend reads the addend at off in bytes. For Call it is the byte offset of the target
// from the symbol: a call of the symbol itself has -1 in its immediate and an addend of 0.
// The 32 bits of Imm64 are signed unless they make an offset in a symbol's section of the given
// size, as those of a map over 2 GiB do.
func (f Field) Addend(bo binary.ByteOrder, data []byte, off, size uint64) int64 {
	switch f {
	case Word64:
		return int64(bo.Uint64(data[off:]))
	case Word32:
		return int64(bo.Uint32(data[off:]))
	case Call:
		return (int64(int32(bo.Uint32(data[off+4:]))) + 1) * 8
	}
	imm := bo.Uint32(data[off+4:])
	if uint64(imm) < size {
		return int64(imm)
	}
	return int64(int32(imm))
}

// SetAddend writes an addend in bytes, the inverse of Addend. It fails if the field is too narrow.
func (f Field) SetAddend(bo binary.ByteOrder, data []byte, off uint64, addend int64) error {
	switch f {
	case Word64:
		bo.PutUint64(data[off:], uint64(addend))
	case Word32:
		if addend < 0 || addend > math.MaxUint32 {
			return fmt.Errorf("addend %#x does not fit 32 bits", addend)
		}
		bo.PutUint32(data[off:], uint32(addend))
	case Call:
		imm := addend/8 - 1
		if addend%8 != 0 || imm < math.MinInt32 || imm > math.MaxInt32 {
			return fmt.Errorf("call target %#x is out of reach", addend)
		}
		bo.PutUint32(data[off+4:], uint32(int32(imm)))
	default:
		if addend < math.MinInt32 || addend > math.MaxUint32 {
			return fmt.Errorf("addend %#x does not fit 32 bits", addend)
		}
		bo.PutUint32(data[off+4:], uint32(addend))
	}
	return nil
}
