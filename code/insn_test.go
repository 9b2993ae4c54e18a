package code

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
	"testing"
)

var orders = []binary.ByteOrder{binary.LittleEndian, binary.BigEndian}

// insn is an instruction in words, so that a test can be written once for both byte orders.
type insn struct {
	op, dst, src byte
	off          int16
	imm          int32
}

func assemble(bo binary.ByteOrder, insns ...insn) []byte {
	data := make([]byte, InsnSize*len(insns))
	for i, in := range insns {
		b := data[i*InsnSize:]
		b[0], b[1] = in.op, in.dst|in.src<<4
		if bo == binary.ByteOrder(binary.BigEndian) {
			b[1] = in.dst<<4 | in.src
		}
		bo.PutUint16(b[2:], uint16(in.off))
		bo.PutUint32(b[4:], uint32(in.imm))
	}
	return data
}

var exit = insn{op: opExit}

func TestRegisters(t *testing.T) {
	for _, bo := range orders {
		data := assemble(bo, exit, insn{op: 0xbf, dst: 3, src: 10})
		if dst, src := Registers(bo, data, 8); dst != 3 || src != 10 {
			t.Errorf("%v: r%d, r%d", bo, dst, src)
		}
	}
}

func TestNext(t *testing.T) {
	data := assemble(orders[0], exit, insn{op: opLdImm64}, insn{}, insn{op: 0x61}, exit)
	var got []uint64
	for off := uint64(0); off < uint64(len(data)); off = Next(data, off) {
		got = append(got, off)
	}
	if want := []uint64{0, 8, 24, 32}; !slices.Equal(got, want) {
		t.Errorf("instructions at %v, want %v", got, want)
	}
}

// noTarget marks an instruction that refers to no other one.
const noTarget = math.MinInt64

// The opcodes are those of Documentation/bpf/standardization/instruction-set.rst.
var reaches = []struct {
	name string
	insn insn
	want int64 // target of the instruction at 16
}{
	{"goto +0", insn{op: 0x05}, 24},
	{"goto +3", insn{op: 0x05, off: 3}, 48},
	{"goto -3", insn{op: 0x05, off: -3}, 0},
	{"goto, the immediate does not count", insn{op: 0x05, off: 1, imm: 77}, 32},
	{"goto far", insn{op: 0x05, off: math.MaxInt16}, 24 + 8*math.MaxInt16},
	{"goto far back, before the section", insn{op: 0x05, off: math.MinInt16}, 24 + 8*math.MinInt16},
	{"gotol +3", insn{op: 0x06, imm: 3}, 48},
	{"gotol, the offset does not count", insn{op: 0x06, off: 77, imm: -1}, 16},
	{"gotol far", insn{op: 0x06, imm: math.MinInt32}, 24 + 8*math.MinInt32},
	{"if r1 == 5 goto", insn{op: 0x15, dst: 1, off: 2, imm: 5}, 40},
	{"if r1 > r2 goto", insn{op: 0x2d, dst: 1, src: 2, off: -1}, 16},
	{"if w1 != 5 goto", insn{op: 0x56, dst: 1, off: 2, imm: 5}, 40},
	{"if w1 s<= w2 goto", insn{op: 0xde, dst: 1, src: 2, off: 2}, 40},
	{"may_goto", insn{op: 0xe5, off: 4}, 56},
	{"call by distance", insn{op: 0x85, src: 1, imm: -3}, 0},
	{"call forward", insn{op: 0x85, src: 1, imm: 5}, 64},
	{"call of a helper", insn{op: 0x85, imm: 6}, noTarget},
	{"call of a kfunc", insn{op: 0x85, src: 2, imm: 6}, noTarget},
	{"callx", insn{op: 0x8d, dst: 1}, noTarget},
	{"exit", insn{op: 0x95}, noTarget},
	{"gotox", insn{op: 0x0d, dst: 1, off: 5}, noTarget},
	{"address of a function", insn{op: 0x18, dst: 1, src: 4, imm: 2}, 40},
	{"map", insn{op: 0x18, dst: 1, src: 1, imm: 2}, noTarget},
	{"64-bit constant", insn{op: 0x18, dst: 1, imm: 2}, noTarget},
	{"load", insn{op: 0x61, dst: 1, src: 2, off: 2}, noTarget},
	{"store", insn{op: 0x7b, dst: 1, src: 2, off: 2}, noTarget},
	{"atomic", insn{op: 0xdb, dst: 1, src: 2, off: 2}, noTarget},
	{"alu", insn{op: 0x07, dst: 1, imm: 2}, noTarget},
	{"address space cast", insn{op: 0xbf, dst: 1, src: 2, off: 1, imm: 1}, noTarget},
	{"alu32", insn{op: 0xbc, dst: 1, src: 2, off: 8}, noTarget},
}

func TestTarget(t *testing.T) {
	for _, bo := range orders {
		for _, r := range reaches {
			data := assemble(bo, exit, exit, r.insn, exit)
			got, ok := Target(bo, data, 16)
			if !ok {
				got = noTarget
			}
			if got != r.want {
				t.Errorf("%s, %v: target %d, want %d", r.name, bo, got, r.want)
			}
		}
	}
}

// A target that is set is read again, at another place too, and no other field changes.
func TestSetTarget(t *testing.T) {
	for _, bo := range orders {
		for _, r := range reaches {
			if r.want == noTarget {
				before := assemble(bo, r.insn)
				after := bytes.Clone(before)
				if !SetTarget(bo, after, 0, 800) || !bytes.Equal(before, after) {
					t.Errorf("%s, %v: an instruction without a target is changed to % x", r.name, bo, after)
				}
				continue
			}
			for _, to := range []int64{0, 8, 400, -160} {
				data := assemble(bo, exit, exit, exit, exit, exit, r.insn)
				before := bytes.Clone(data)
				if !SetTarget(bo, data, 40, to) {
					t.Errorf("%s, %v: %d is out of reach", r.name, bo, to)
				}
				if got, _ := Target(bo, data, 40); got != to {
					t.Errorf("%s, %v: target %d, want %d", r.name, bo, got, to)
				}
				field := before[42:44]
				if reachOf(bo, before, 40) == byImm {
					field = before[44:48]
				}
				clear(field) // what may differ
				if reachOf(bo, data, 40) == byImm {
					clear(data[44:48])
				} else {
					clear(data[42:44])
				}
				if !bytes.Equal(before, data) {
					t.Errorf("%s, %v: % x becomes % x beside its distance", r.name, bo, before[40:], data[40:])
				}
			}
		}
	}
}

func TestSetTargetReach(t *testing.T) {
	tests := []struct {
		name     string
		insn     insn
		min, max int64 // distances in instructions that fit
	}{
		{"goto", insn{op: 0x05}, math.MinInt16, math.MaxInt16},
		{"jmp32", insn{op: 0x16}, math.MinInt16, math.MaxInt16},
		{"gotol", insn{op: 0x06}, math.MinInt32, math.MaxInt32},
		{"call", insn{op: 0x85, src: 1}, math.MinInt32, math.MaxInt32},
		{"address", insn{op: 0x18, src: 4}, math.MinInt32, math.MaxInt32},
	}
	for _, bo := range orders {
		for _, test := range tests {
			for _, d := range []int64{test.min - 1, test.min, test.max, test.max + 1} {
				data := assemble(bo, test.insn)
				before := bytes.Clone(data)
				fits := test.min <= d && d <= test.max
				if SetTarget(bo, data, 0, (d+1)*InsnSize) != fits {
					t.Errorf("%s, distance %d: fits is %t", test.name, d, !fits)
				}
				if got, _ := Target(bo, data, 0); fits && got != (d+1)*InsnSize {
					t.Errorf("%s, distance %d: target %d", test.name, d, got)
				}
				if !fits && !bytes.Equal(before, data) {
					t.Errorf("%s, distance %d: changed, though it does not fit", test.name, d)
				}
			}
		}
	}
}
