// Package code knows BPF instructions as far as a linker must: which of them refer to another
// instruction by a distance, where functions are and who calls whom, and how positions in a
// section move when some of it goes. It patches bytes in place and never re-encodes an
// instruction, so that no field is lost.
//
// Positions and sizes are in bytes unless a name says otherwise.
//
// Begin with [Functions] to find functions and calls, with [Decode] to look at an instruction, and with [NewMap] to take
// code out of a section or put some in: the [Map] tells where everything else comes to be.
package code

import (
	"encoding/binary"
	"math"
)

// InsnSize is the size of an instruction in bytes; ld_imm64 takes two.
const InsnSize = 8

// Parts of an opcode, as in Documentation/bpf/standardization/instruction-set.rst.
const (
	classJmp   = 0x05
	classJmp32 = 0x06

	opLdImm64 = 0x18
	opGoto    = 0x05
	opGotol   = 0x06
	opGotox   = 0x0d
	opCall    = 0x85
	opCallx   = 0x8d
	opExit    = 0x95

	srcCall = 1 // BPF_PSEUDO_CALL
	srcFunc = 4 // BPF_PSEUDO_FUNC
)

// Nop is the instruction at a probe site: goto +0.
var Nop = [InsnSize]byte{opGoto}

// Registers returns the dst and src registers of the instruction at off.
func Registers(bo binary.ByteOrder, data []byte, off uint64) (dst, src uint8) {
	b := data[off+1]
	if bo == binary.ByteOrder(binary.BigEndian) {
		return b >> 4, b & 15
	}
	return b & 15, b >> 4
}

// Next returns the position of the instruction after the one at off.
func Next(data []byte, off uint64) uint64 {
	if data[off] == opLdImm64 {
		return off + 2*InsnSize
	}
	return off + InsnSize
}

// reach tells how an instruction refers to another one.
type reach uint8

const (
	nowhere reach = iota
	byOff         // 16-bit offset
	byImm         // 32-bit immediate
)

func reachOf(bo binary.ByteOrder, data []byte, off uint64) reach {
	op := data[off]
	_, src := Registers(bo, data, off)
	switch class := op & 7; {
	case op == opCall && src == srcCall, op == opLdImm64 && src == srcFunc, op == opGotol:
		return byImm
	case op == opCall, op == opCallx, op == opExit, op == opGotox:
		return nowhere
	case class == classJmp, class == classJmp32:
		return byOff
	}
	return nowhere
}

// Target returns the position that the instruction at off refers to by a distance from itself, as
// jumps and calls within a section do. The position can lie outside the section.
func Target(bo binary.ByteOrder, data []byte, off uint64) (int64, bool) {
	next := int64(off) + InsnSize
	switch reachOf(bo, data, off) {
	case byOff:
		return next + InsnSize*int64(int16(bo.Uint16(data[off+2:]))), true
	case byImm:
		return next + InsnSize*int64(int32(bo.Uint32(data[off+4:]))), true
	}
	return 0, false
}

// SetTarget makes the instruction at off refer to a new position. It reports whether the distance fits.
func SetTarget(bo binary.ByteOrder, data []byte, off uint64, target int64) bool {
	d := (target - int64(off) - InsnSize) / InsnSize
	switch reachOf(bo, data, off) {
	case byOff:
		if d < math.MinInt16 || d > math.MaxInt16 {
			return false
		}
		bo.PutUint16(data[off+2:], uint16(d))
	case byImm:
		if d < math.MinInt32 || d > math.MaxInt32 {
			return false
		}
		bo.PutUint32(data[off+4:], uint32(d))
	}
	return true
}
