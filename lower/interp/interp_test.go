package interp

import (
	"encoding/binary"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bpfsdt/bpf-sdt-link/object"
	"github.com/bpfsdt/bpf-sdt-link/reloc"
)

var orders = []binary.ByteOrder{binary.LittleEndian, binary.BigEndian}

// ins is an instruction: opcode, dst, src, off, imm.
type ins struct {
	op, dst, src uint8
	off          int16
	imm          int32
}

func encode(bo binary.ByteOrder, list []ins) []byte {
	b := make([]byte, 8*len(list))
	for i, in := range list {
		w := b[8*i:]
		w[0], w[1] = in.op, in.src<<4|in.dst
		if bo == binary.ByteOrder(binary.BigEndian) {
			w[1] = in.dst<<4 | in.src
		}
		bo.PutUint16(w[2:], uint16(in.off))
		bo.PutUint32(w[4:], uint32(in.imm))
	}
	return b
}

// set is ld_imm64 of a number.
func set(r uint8, v uint64) []ins {
	return []ins{{0x18, r, 0, 0, int32(uint32(v))}, {0, 0, 0, 0, int32(uint32(v >> 32))}}
}

var exit = ins{op: 0x95}

// program is the code of functions, main first; calls refer to functions by number in imm and have a relocation.
type program [][]ins

func (p program) load(t *testing.T, bo binary.ByteOrder) *Machine {
	t.Helper()
	im := &object.Image{Order: bo, Symbols: []object.ImageSymbol{{Type: object.TypeSection}}}
	sec := object.ImageSection{Name: ".text", Type: object.SecProgbits, Flags: object.FlagAlloc | object.FlagExec, Align: 8}
	var starts []int
	n := 0
	for _, f := range p {
		starts = append(starts, n)
		n += len(f)
	}
	for i, f := range p {
		name := []string{"main", "one", "two", "three"}[i]
		im.Symbols = append(im.Symbols, object.ImageSymbol{Name: name, Type: object.TypeFunc, Value: uint64(8 * starts[i]), Size: uint64(8 * len(f))})
		f = append([]ins{}, f...)
		for k, in := range f {
			off := uint64(8 * (starts[i] + k))
			switch {
			case in.op == 0x85 && in.src == 1:
				f[k].imm = int32(starts[in.imm] - 1)
				sec.Relocs = append(sec.Relocs, object.ImageReloc{Offset: off, Type: reloc.Call32})
			case in.op == 0x18 && in.src == 4:
				f[k].imm = int32(8 * starts[in.imm])
				sec.Relocs = append(sec.Relocs, object.ImageReloc{Offset: off, Type: reloc.LD64})
			}
		}
		sec.Data = append(sec.Data, encode(bo, f)...)
	}
	im.Sections = []object.ImageSection{sec}
	data, err := im.Write()
	if err != nil {
		t.Fatal(err)
	}
	m, err := Load(data)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func (p program) run(t *testing.T, bo binary.ByteOrder, o Options) (*Result, error) {
	t.Helper()
	return p.load(t, bo).Run("main", []byte{1, 2, 3, 4, 5, 6, 7, 8}, o)
}

func TestCompute(t *testing.T) {
	const a, b = 0x8000000180000003, 0xfffffffffffffff5 // b is -11
	signed := int64(math.MinInt64) + 0x180000003        // a
	minus := func(n int64) uint64 { return uint64(n) }
	tests := []struct {
		text string
		in   ins // of r0, which is a, and r2, which is b
		want uint64
	}{
		{"r0 += r2", ins{op: 0x0f, src: 2}, 0x800000017ffffff8},
		{"w0 += w2", ins{op: 0x0c, src: 2}, 0x7ffffff8},
		{"r0 -= r2", ins{op: 0x1f, src: 2}, 0x800000018000000e},
		{"r0 *= 3", ins{op: 0x27, imm: 3}, 0x8000000480000009},
		{"w0 *= 3", ins{op: 0x24, imm: 3}, 0x80000009},
		{"r0 /= 16", ins{op: 0x37, imm: 16}, 0x0800000018000000},
		{"w0 /= 16", ins{op: 0x34, imm: 16}, 0x08000000},
		{"r0 s/= r2", ins{op: 0x3f, src: 2, off: 1}, minus(signed / -11)},
		{"w0 s/= w2", ins{op: 0x3c, src: 2, off: 1}, (1<<31 - 3) / 11},
		{"r0 %= 16", ins{op: 0x97, imm: 16}, 3},
		{"r0 s%= r2", ins{op: 0x9f, src: 2, off: 1}, minus(signed % -11)},
		{"r0 |= 8", ins{op: 0x47, imm: 8}, 0x800000018000000b},
		{"r0 &= -2", ins{op: 0x57, imm: -2}, 0x8000000180000002},
		{"w0 &= -2", ins{op: 0x54, imm: -2}, 0x80000002},
		{"r0 ^= 1", ins{op: 0xa7, imm: 1}, 0x8000000180000002},
		{"r0 <<= 33", ins{op: 0x67, imm: 33}, 0x0000000600000000},
		{"w0 <<= 1", ins{op: 0x64, imm: 1}, 6},
		{"r0 >>= 60", ins{op: 0x77, imm: 60}, 8},
		{"r0 s>>= 60", ins{op: 0xc7, imm: 60}, minus(-8)},
		{"w0 s>>= 28", ins{op: 0xc4, imm: 28}, 0xfffffff8},
		{"r0 = -r0", ins{op: 0x87}, 0x7ffffffe7ffffffd},
		{"w0 = -w0", ins{op: 0x84}, 0x7ffffffd},
		{"r0 = r2", ins{op: 0xbf, src: 2}, b},
		{"w0 = w2", ins{op: 0xbc, src: 2}, 0xfffffff5},
		{"r0 = -1", ins{op: 0xb7, imm: -1}, math.MaxUint64},
		{"w0 = -1", ins{op: 0xb4, imm: -1}, 0xffffffff},
		{"r0 = (s8)r2", ins{op: 0xbf, src: 2, off: 8}, minus(-11)},
		{"w0 = (s8)w2", ins{op: 0xbc, src: 2, off: 8}, 0xfffffff5},
		{"r0 = (s32)r0", ins{op: 0xbf, src: 0, off: 32}, 0xffffffff80000003},
		{"r0 = bswap32 r0", ins{op: 0xd7, imm: 32}, 0x03000080},
		{"r0 = bswap64 r0", ins{op: 0xd7, imm: 64}, 0x0300008001000080},
	}
	for _, test := range tests {
		for _, bo := range orders {
			r, err := program{append(append(set(0, a), set(2, b)...), test.in, exit)}.run(t, bo, Options{})
			if err != nil {
				t.Errorf("%s: %v", test.text, err)
			} else if r.R0 != test.want {
				t.Errorf("%s: %#x, want %#x", test.text, r.R0, test.want)
			}
		}
	}
	for i, bo := range orders { // le16 and be16 depend on the machine
		for op, want := range map[uint8][2]uint64{0xd4: {0x0003, 0x0300}, 0xdc: {0x0300, 0x0003}} {
			r, err := program{append(set(0, a), ins{op: op, imm: 16}, exit)}.run(t, bo, Options{})
			if err != nil || r.R0 != want[i] {
				t.Errorf("opcode %#x: %+v, %v, want %#x", op, r, err, want[i])
			}
		}
	}
	for _, op := range []uint8{0x3f, 0x9f} { // divided by zero
		r, err := program{append(append(set(0, a), set(2, 0)...), ins{op: op, src: 2}, exit)}.run(t, binary.LittleEndian, Options{})
		if want := map[uint8]uint64{0x3f: 0, 0x9f: a}[op]; err != nil || r.R0 != want {
			t.Errorf("opcode %#x by zero: %+v, %v, want %#x", op, r, err, want)
		}
	}
}

func TestJumps(t *testing.T) {
	for op, want := range map[uint8][3]int32{ // for r1 = -2: against -2, 1, -3 (as r2); 1 if the jump is taken
		0x1d: {1, 0, 0}, 0x5d: {0, 1, 1}, 0x2d: {0, 1, 1}, 0x3d: {1, 1, 1}, 0xad: {0, 0, 0}, 0xbd: {1, 0, 0},
		0x6d: {0, 0, 1}, 0x7d: {1, 0, 1}, 0xcd: {0, 1, 0}, 0xdd: {1, 1, 0}, 0x4d: {1, 0, 1},
	} {
		for i, against := range []int32{-2, 1, -3} {
			for _, class := range []uint8{5, 6} {
				in := ins{op: op&^7 | class, dst: 1, src: 2, off: 1}
				r, err := program{{{op: 0xb7, dst: 1, imm: -2}, {op: 0xb7, dst: 2, imm: against}, {op: 0xb7, imm: 1}, in, {op: 0xb7}, exit}}.run(t, binary.LittleEndian, Options{})
				if err != nil || r.R0 != uint64(want[i]) {
					t.Errorf("opcode %#x, -2 and %d: %+v, %v, want %d", in.op, against, r, err, want[i])
				}
			}
		}
	}
}

func TestMemory(t *testing.T) {
	const v = 0x8182838485868788
	tests := []struct {
		text       string
		list       []ins
		want       uint64
		wantStored uint64
	}{
		{"load 8", []ins{{0x79, 0, 10, -8, 0}}, v, v},
		{"store 4, load 8", []ins{{0x7a, 10, 0, -8, 0}, {0x63, 10, 3, -8, 0}, {0x61, 0, 10, -8, 0}}, 0x85868788, 0},
		{"load signed 4", []ins{{0x63, 10, 3, -8, 0}, {0x81, 0, 10, -8, 0}}, 0xffffffff85868788, 0},
		{"add", []ins{{0xdb, 10, 4, -8, 0}, {0x79, 0, 10, -8, 0}}, v + 5, v + 5},
		{"fetch and add", []ins{{0xdb, 10, 4, -8, 1}, {0xbf, 0, 4, 0, 0}}, v, v + 5},
		{"exchange", []ins{{0xdb, 10, 4, -8, 0xe1}, {0xbf, 0, 4, 0, 0}}, v, 5},
		{"compare and exchange, equal", []ins{{0xbf, 0, 3, 0, 0}, {0xdb, 10, 4, -8, 0xf1}}, v, 5},
		{"compare and exchange, not", []ins{{0xb7, 0, 0, 0, 1}, {0xdb, 10, 4, -8, 0xf1}}, v, v},
		{"load acquire", []ins{{0xdb, 0, 10, -8, 0x100}}, v, v},
		{"store release", []ins{{0xdb, 10, 4, -8, 0x110}, {0xb7, 0, 0, 0, 0}}, 0, 5},
	}
	for _, test := range tests {
		for _, bo := range orders {
			code := append(append(set(3, v), ins{0xb7, 4, 0, 0, 5}, ins{0x7b, 10, 3, -8, 0}), test.list...)
			r, err := program{append(code, exit)}.run(t, bo, Options{})
			if err != nil || r.R0 != test.want {
				t.Errorf("%s: %+v, %v, want %#x", test.text, r, err, test.want)
			}
			if test.wantStored == 0 {
				continue
			}
			r, err = program{append(code, ins{0x79, 0, 10, -8, 0}, exit)}.run(t, bo, Options{})
			if err != nil || r.R0 != test.wantStored {
				t.Errorf("%s: leaves %+v, %v, want %#x", test.text, r, err, test.wantStored)
			}
		}
	}
}

func TestCalls(t *testing.T) {
	call := func(fn int32) ins { return ins{op: 0x85, src: 1, imm: fn} }
	mov := func(dst, src uint8) ins { return ins{op: 0xbf, dst: dst, src: src} }
	imm := func(dst uint8, v int32) ins { return ins{op: 0xb7, dst: dst, imm: v} }
	p := program{
		{imm(6, 60), imm(1, 10), imm(2, 20), call(1), ins{op: 0x0f, dst: 0, src: 6}, exit},
		{imm(6, 1), mov(0, 1), ins{op: 0x0f, dst: 0, src: 2}, exit},
	}
	r, err := p.run(t, binary.LittleEndian, Options{Traced: map[string]int{"one": 2}})
	if err != nil || r.R0 != 90 {
		t.Fatalf("%+v, %v", r, err)
	}
	if d := cmp.Diff([]Hit{{"one", []uint64{10, 20}}}, r.Hits); d != "" {
		t.Errorf("hits (-want +got):\n%s", d)
	}
	loop := program{
		{imm(1, 3), {op: 0x18, dst: 2, src: 4, imm: 1}, {}, imm(7, 0), {op: 0x7b, dst: 10, src: 7, off: -8}, mov(3, 10), {op: 0x07, dst: 3, imm: -8}, imm(4, 0),
			{op: 0x85, imm: 181}, {op: 0x79, dst: 0, src: 10, off: -8}, exit},
		{{op: 0x79, dst: 3, src: 2}, {op: 0x07, dst: 3, imm: 7}, {op: 0x7b, dst: 2, src: 3}, imm(0, 0), exit},
	}
	if r, err := loop.run(t, binary.LittleEndian, Options{}); err != nil || r.R0 != 21 {
		t.Errorf("bpf_loop: %+v, %v", r, err)
	}
}

func TestErrors(t *testing.T) {
	imm := func(dst uint8, v int32) ins { return ins{op: 0xb7, dst: dst, imm: v} }
	call := func(fn int32) ins { return ins{op: 0x85, src: 1, imm: fn} }
	tests := []struct {
		name string
		p    program
		want string
	}{
		{"a register without a value", program{{{op: 0xbf, dst: 0, src: 3}, exit}}, "main+0: r3 has no value"},
		{"r1 after a call", program{{call(1), {op: 0xbf, dst: 0, src: 1}, exit}, {imm(0, 0), exit}}, "main+1: r1 has no value"},
		{"r0 of a function that returns nothing", program{{call(1), {op: 0xbf, dst: 6, src: 0}, exit}, {exit}}, "main+1: r0 has no value"},
		{"r6 of the caller", program{{imm(6, 1), call(1), exit}, {{op: 0xbf, dst: 0, src: 6}, exit}}, "r6 has no value"},
		{"the stack without a value", program{{{op: 0x79, dst: 0, src: 10, off: -8}, exit}}, "has no value"},
		{"half of a slot", program{{{op: 0x62, dst: 10, off: -8}, {op: 0x79, dst: 0, src: 10, off: -8}, exit}}, "has no value"},
		{"above the frame", program{{imm(1, 0), {op: 0x7b, dst: 10, src: 1, off: 0}, exit}}, "are nowhere"},
		{"below the frame", program{{imm(1, 0), {op: 0x7b, dst: 10, src: 1, off: -520}, exit}}, "are nowhere"},
		{"behind the context", program{{{op: 0x61, dst: 0, src: 1, off: 8}, exit}}, "are nowhere"},
		{"a loop without end", program{{{op: 0x05, off: -1}}}, "too many instructions"},
		{"nine frames", program{{call(0), exit}}, "more than 8 frames"},
		{"no exit", program{{imm(0, 0)}}, "leads out of the function"},
		{"a helper that is not modelled", program{{{op: 0x85, imm: 1}, exit}}, "helper 1 is not modelled"},
		{"an argument of a helper", program{{{op: 0x85, imm: 132}, exit}}, "r2 has no value"},
		{"an opcode that is not modelled", program{{{op: 0x20}, exit}}, "not modelled"},
	}
	for _, test := range tests {
		if r, err := test.p.run(t, binary.LittleEndian, Options{Steps: 1000}); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %+v, %v, want '%s'", test.name, r, err, test.want)
		}
	}
}
