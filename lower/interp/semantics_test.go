package interp

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bpfsdt/bpf-sdt-link/notes"
	"github.com/bpfsdt/bpf-sdt-link/object"
	"github.com/bpfsdt/bpf-sdt-link/reloc"
)

// Section indexes of what sample makes.
const (
	sampleText = iota
	sampleData
	sampleBss
	sampleNotes
)

// sample is an object with one function, main, and data: .data is 0, 1, ... 15 with the symbol "second" at 8, .bss
// is 8 bytes. An ld_imm64 with src 1 is of .data + imm, with src 2 of "second", with src 3 of .bss.
type sample struct {
	code  []ins
	sites []sampleSite
}

type sampleSite struct {
	insn int
	regs []uint8
}

func (s sample) load(t *testing.T, bo binary.ByteOrder) *Machine {
	t.Helper()
	im := &object.Image{Order: bo}
	text := object.ImageSection{Name: ".text", Type: object.SecProgbits, Flags: object.FlagAlloc | object.FlagExec, Align: 8, Data: encode(bo, s.code)}
	data := object.ImageSection{Name: ".data", Type: object.SecProgbits, Flags: object.FlagAlloc | object.FlagWrite, Align: 8}
	for i := range 16 {
		data.Data = append(data.Data, byte(i))
	}
	bss := object.ImageSection{Name: ".bss", Type: object.SecNobits, Flags: object.FlagAlloc | object.FlagWrite, Align: 8, Size: 8}
	list := object.ImageSection{Name: notes.Section, Type: object.SecProgbits, Align: 1}
	for i := range sampleNotes {
		im.Symbols = append(im.Symbols, object.ImageSymbol{Type: object.TypeSection, Section: i})
	}
	second := uint32(len(im.Symbols))
	im.Symbols = append(im.Symbols, object.ImageSymbol{Name: "second", Bind: object.Global, Type: object.TypeObject, Section: sampleData, Value: 8, Size: 8},
		object.ImageSymbol{Name: "main", Bind: object.Global, Type: object.TypeFunc, Size: uint64(len(text.Data))})
	for i, in := range s.code {
		if to := []uint32{1: sampleData, 2: second, 3: sampleBss}; in.op == 0x18 && in.src > 0 {
			text.Relocs = append(text.Relocs, object.ImageReloc{Offset: uint64(8 * i), Type: reloc.LD64, Sym: to[in.src]})
		}
	}
	for i, site := range s.sites {
		at := uint64(len(list.Data))
		im.Symbols = append(im.Symbols, object.ImageSymbol{Name: fmt.Sprintf("%sp%d.%d", notes.LabelPrefix, i, i), Section: sampleNotes, Value: at})
		list.Relocs = append(list.Relocs, object.ImageReloc{Offset: at, Type: reloc.Abs64, Sym: sampleText})
		word := make([]byte, 8)
		bo.PutUint64(word, uint64(8*site.insn))
		list.Data = append(list.Data, word...)
		for k, r := range site.regs {
			list.Data = append(list.Data, encode(bo, []ins{{op: 0xbf, dst: uint8(k + 1), src: r}})...)
		}
	}
	im.Sections = []object.ImageSection{text, data, bss, list}
	obj, err := im.Write()
	if err != nil {
		t.Fatal(err)
	}
	m, err := Load(obj)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func mov(dst, src uint8) ins     { return ins{op: 0xbf, dst: dst, src: src} }
func imm(dst uint8, v int32) ins { return ins{op: 0xb7, dst: dst, imm: v} }
func callOf(fn int32) ins        { return ins{op: 0x85, src: 1, imm: fn} }
func helper(id int32) ins        { return ins{op: 0x85, imm: id} }

// address is ld_imm64 of a place in the data of a sample.
func address(r, kind uint8, off int32) []ins { return []ins{{0x18, r, kind, 0, off}, {}} }

func join(parts ...[]ins) (list []ins) {
	for _, p := range parts {
		list = append(list, p...)
	}
	return list
}

func TestData(t *testing.T) {
	for _, bo := range orders {
		word := bo.Uint64([]byte{8, 9, 10, 11, 12, 13, 14, 15})
		m := sample{code: join(
			address(1, 1, 8), []ins{{0x79, 2, 1, 0, 0}}, // by section
			address(3, 2, 0), []ins{{0x79, 4, 3, 0, 0}}, // by symbol
			address(5, 3, 0), []ins{{0x7b, 5, 2, 0, 0}, {op: 0x0f, dst: 4, src: 2}, {0x63, 3, 4, 4, 0}, mov(0, 4), exit})}.load(t, bo)
		want := []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0, 0, 0, 0}
		bo.PutUint32(want[12:], uint32(2*word))
		var wg sync.WaitGroup
		for range 8 { // each run starts with what was loaded
			wg.Go(func() {
				r, err := m.Run("main", nil, Options{})
				if err != nil || r.R0 != 2*word {
					t.Errorf("%v: %+v, %v, want %#x", bo, r, err, 2*word)
					return
				}
				if d := cmp.Diff(map[string][]byte{".data": want, ".bss": {8, 9, 10, 11, 12, 13, 14, 15}}, r.Data); d != "" {
					t.Errorf("%v: data (-want +got):\n%s", bo, d)
				}
			})
		}
		wg.Wait()
	}
}

func TestDataBounds(t *testing.T) {
	for off, ok := range map[int32]bool{-8: false, -1: false, 0: true, 8: true, 9: false, 16: false} {
		m := sample{code: join(address(1, 1, off), []ins{{0x79, 0, 1, 0, 0}, exit})}.load(t, binary.LittleEndian)
		_, err := m.Run("main", nil, Options{})
		if ok != (err == nil) {
			t.Errorf("8 bytes at %d of 16: %v", off, err)
		}
	}
}

func TestContext(t *testing.T) {
	ctx := []byte{1, 2, 3, 4}
	want := map[binary.ByteOrder]uint64{binary.LittleEndian: 0x0201, binary.BigEndian: 0x0102}
	for _, bo := range orders {
		m := program{{{0x69, 0, 1, 0, 0}, {0x72, 1, 0, 3, 9}, exit}}.load(t, bo)
		r, err := m.Run("main", ctx, Options{})
		if err != nil || r.R0 != want[bo] || !bytes.Equal(r.Context, []byte{1, 2, 3, 9}) {
			t.Errorf("%v: %+v, %v, want %#x", bo, r, err, want[bo])
		}
	}
	if !bytes.Equal(ctx, []byte{1, 2, 3, 4}) {
		t.Errorf("the caller's context is % x", ctx)
	}
}

func TestSites(t *testing.T) {
	nop := ins{op: 0x05}
	s := sample{code: []ins{
		imm(2, 5), imm(3, 0),
		nop, // 2: p0, reached twice, by a jump the second time
		{op: 0x07, dst: 3, imm: 1}, {op: 0xa5, dst: 3, off: -3, imm: 2},
		nop, // 5: has no note
		{op: 0x05, off: 1},
		nop, // 7: p1, jumped over
		imm(0, 0), exit,
	}, sites: []sampleSite{{2, []uint8{2, 3, 7}}, {7, nil}}}
	for _, bo := range orders {
		m := s.load(t, bo)
		r, err := m.Run("main", nil, Options{Sites: true})
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff([]Hit{{"p0", []uint64{5, 0, 0}}, {"p0", []uint64{5, 1, 0}}}, r.Hits); d != "" {
			t.Errorf("%v: hits (-want +got):\n%s", bo, d)
		}
		if r, err := m.Run("main", nil, Options{}); err != nil || r.Hits != nil {
			t.Errorf("without Sites: %+v, %v", r, err)
		}
	}
}

// Corners that the main table leaves out; r0 and r2 are set before.
func TestComputeCorners(t *testing.T) {
	const lowest = 1 << 63
	const low32 = 0xaaaaaaaa80000000
	for _, test := range []struct {
		text string
		a, b uint64
		in   ins
		want uint64
	}{
		{"w0 /= 0", low32, 0, ins{op: 0x3c, src: 2}, 0},
		{"w0 %= 0", low32, 1 << 32, ins{op: 0x9c, src: 2}, 0x80000000},
		{"r0 s/= 0", lowest, 0, ins{op: 0x3f, src: 2, off: 1}, 0},
		{"r0 s%= 0", lowest, 0, ins{op: 0x9f, src: 2, off: 1}, lowest},
		{"r0 s/= -1", lowest, math.MaxUint64, ins{op: 0x3f, src: 2, off: 1}, lowest},
		{"r0 s%= -1", lowest, math.MaxUint64, ins{op: 0x9f, src: 2, off: 1}, 0},
		{"w0 s/= -1", low32, math.MaxUint32, ins{op: 0x3c, src: 2, off: 1}, 0x80000000},
		{"w0 s%= -1", low32, math.MaxUint32, ins{op: 0x9c, src: 2, off: 1}, 0},
		{"w0 s%= w2", 0xfffffff9, 3, ins{op: 0x9c, src: 2, off: 1}, 0xffffffff}, // -7, 3: -1
		{"r0 /= -1 is not signed", 5, 0, ins{op: 0x37, imm: -1}, 0},
		{"r0 <<= 65", 3, 65, ins{op: 0x6f, src: 2}, 6},
		{"w0 <<= 33", 3, 33, ins{op: 0x6c, src: 2}, 6},
		{"w0 >>= 32", 0x1_0000_0007, 32, ins{op: 0x7c, src: 2}, 7},
		{"w0 s>>= 63", low32, 63, ins{op: 0xcc, src: 2}, 0xffffffff},
		{"r0 = (s16)r2", 0, 0x18000, ins{op: 0xbf, src: 2, off: 16}, 0xffffffffffff8000},
		{"w0 = (s16)w2", 0, 0x18000, ins{op: 0xbc, src: 2, off: 16}, 0xffff8000},
		{"r0 = bswap16 r0", 0x11223344, 0, ins{op: 0xd7, imm: 16}, 0x4433},
	} {
		r, err := program{append(append(set(0, test.a), set(2, test.b)...), test.in, exit)}.run(t, binary.LittleEndian, Options{})
		if err != nil || r.R0 != test.want {
			t.Errorf("%s: %+v, %v, want %#x", test.text, r, err, test.want)
		}
	}
}

// The upper halves count in JMP and do not in JMP32.
func TestJumpWidth(t *testing.T) {
	for _, test := range []struct {
		op   uint8 // of class JMP
		a, b uint64
		want [2]uint64 // in JMP, JMP32
	}{
		{0x1d, 1<<32 + 7, 7, [2]uint64{0, 1}},
		{0x4d, 1 << 40, 1 << 40, [2]uint64{1, 0}},
		{0x2d, 1 << 32, 1, [2]uint64{1, 0}},
		{0x6d, 0x80000000, 1, [2]uint64{1, 0}}, // positive, and negative
	} {
		for i, class := range []uint8{5, 6} {
			in := ins{op: test.op&^7 | class, dst: 1, src: 2, off: 1}
			r, err := program{join(set(1, test.a), set(2, test.b), []ins{imm(0, 1), in, imm(0, 0), exit})}.run(t, binary.LittleEndian, Options{})
			if err != nil || r.R0 != test.want[i] {
				t.Errorf("opcode %#x, %#x and %#x: %+v, %v, want %d", in.op, test.a, test.b, r, err, test.want[i])
			}
		}
	}
	r, err := program{{{op: 0x06, imm: 2}, imm(0, 1), exit, imm(0, 2), exit}}.run(t, binary.LittleEndian, Options{})
	if err != nil || r.R0 != 2 {
		t.Errorf("gotol: %+v, %v", r, err)
	}
}

// may_goto goes on eight times in a run, whichever functions it is in.
func TestMayGoto(t *testing.T) {
	loop := []ins{imm(0, 0), {op: 0xe5, off: 2}, {op: 0x07, imm: 1}, {op: 0x05, off: -3}, exit}
	r, err := program{loop}.run(t, binary.LittleEndian, Options{})
	if err != nil || r.R0 != 8 {
		t.Errorf("%+v, %v, want 8", r, err)
	}
	r, err = program{join([]ins{callOf(1)}, loop), loop}.run(t, binary.LittleEndian, Options{})
	if err != nil || r.R0 != 0 {
		t.Errorf("after a call that used it up: %+v, %v, want 0", r, err)
	}
}

func TestFrames(t *testing.T) {
	p := program{ // main gives one the address of its stack, and one reads and writes there
		{imm(1, 40), {0x7b, 10, 1, -8, 0}, mov(1, 10), mov(6, 10), callOf(1), {0x79, 0, 10, -8, 0}, {op: 0x1f, dst: 6, src: 10}, {op: 0x0f, dst: 0, src: 6}, exit},
		{{0x79, 2, 1, -8, 0}, {op: 0x07, dst: 2, imm: 2}, {0x7b, 1, 2, -8, 0}, exit},
	}
	if r, err := p.run(t, binary.LittleEndian, Options{}); err != nil || r.R0 != 42 {
		t.Errorf("%+v, %v, want 42", r, err)
	}
	gone := program{
		{callOf(1), {0x79, 0, 0, -8, 0}, exit},
		{{0x7a, 10, 0, -8, 1}, mov(0, 10), exit},
	}
	if r, err := gone.run(t, binary.LittleEndian, Options{}); err == nil || !strings.Contains(err.Error(), "are nowhere") {
		t.Errorf("the frame of a function that returned: %+v, %v", r, err)
	}
	if r, err := (program{{exit}}).run(t, binary.LittleEndian, Options{}); err != nil || r.R0Set {
		t.Errorf("nothing returned: %+v, %v", r, err)
	}
}

func TestUnset(t *testing.T) {
	for i := uint8(1); i <= 5; i++ {
		after := program{{callOf(1), mov(0, i), exit}, {imm(i, 1), exit}}
		want := fmt.Sprintf("main+1: r%d has no value", i)
		if r, err := after.run(t, binary.LittleEndian, Options{}); err == nil || err.Error() != want {
			t.Errorf("%+v, %v, want '%s'", r, err, want)
		}
	}
	for _, test := range []struct {
		name string
		p    program
		want string
	}{
		{"r0 of the caller", program{{imm(0, 1), callOf(1), exit}, {mov(6, 0), exit}}, "one+0: r0 has no value"},
		{"r3 that the caller did not set", program{{callOf(1), exit}, {mov(0, 3), exit}}, "one+0: r3 has no value"},
		{"r0 of the caller after a call", program{{imm(0, 1), callOf(1), mov(0, 0), exit}, {exit}}, "main+2: r0 has no value"},
		{"r0 of a helper that returns nothing", program{{helper(93), mov(0, 0), exit}}, "main+1: r0 has no value"},
		{"r0 of bpf_ringbuf_submit", program{{imm(2, 0), helper(132), mov(0, 0), exit}}, "main+2: r0 has no value"},
		{"an argument of a traced function", program{{callOf(1), exit}, {exit}}, "argument 2 of 'one'"},
		{"the stack of a call before", program{{callOf(1), callOf(2), exit}, {{0x7a, 10, 0, -8, 1}, exit}, {{0x79, 0, 10, -8, 0}, exit}}, "two+0: "},
	} {
		r, err := test.p.run(t, binary.LittleEndian, Options{Traced: map[string]int{"one": map[bool]int{true: 2}[strings.Contains(test.name, "traced")]}})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %+v, %v, want '%s'", test.name, r, err, test.want)
		}
	}
}

func TestHelpers(t *testing.T) {
	p := program{{helper(7), mov(6, 0), helper(7), {op: 0x1f, dst: 0, src: 6}, exit}}
	first, err := p.run(t, binary.LittleEndian, Options{})
	if err != nil || first.R0 == 0 {
		t.Fatalf("two random numbers: %+v, %v", first, err)
	}
	if again, err := p.run(t, binary.LittleEndian, Options{}); err != nil || again.R0 != first.R0 {
		t.Errorf("another run: %+v, %v, want %#x", again, err, first.R0)
	}
	stops := program{ // the callback returns 1 for i = 2
		{imm(1, 9), {op: 0x18, dst: 2, src: 4, imm: 1}, {}, imm(3, 0), imm(4, 0), helper(181), exit},
		{imm(0, 1), {op: 0x15, dst: 1, off: 1, imm: 2}, imm(0, 0), exit},
	}
	if r, err := stops.run(t, binary.LittleEndian, Options{}); err != nil || r.R0 != 3 {
		t.Errorf("bpf_loop: %+v, %v, want 3", r, err)
	}
}

// A call and a function's address without relocation are by distance in instructions.
func TestDistances(t *testing.T) {
	const size = 5
	m := program{
		{imm(0, 0), imm(0, 0), imm(0, 0), imm(0, 0), exit},
		{imm(0, 7), exit},
	}.load(t, binary.LittleEndian)
	near := encode(binary.LittleEndian, []ins{{op: 0x85, src: 1, imm: size - 1}})
	copy(m.funcs[0].code, near)
	copy(m.funcs[0].code[8:], encode(binary.LittleEndian, []ins{{op: 0x05, off: 2}}))
	if r, err := m.Run("main", nil, Options{}); err != nil || r.R0 != 7 {
		t.Errorf("a call by distance: %+v, %v", r, err)
	}
	copy(m.funcs[0].code, encode(binary.LittleEndian, []ins{{op: 0x18, src: 4, imm: size - 1}, {}, exit}))
	if r, err := m.Run("main", nil, Options{}); err != nil || r.R0 != m.address(1) {
		t.Errorf("an address by distance: %+v, %v, want %#x", r, err, m.address(1))
	}
}
