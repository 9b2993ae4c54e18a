package reloc

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"
)

var orders = []binary.ByteOrder{binary.LittleEndian, binary.BigEndian}

// section is 40 bytes of code: a call at 0, ld_imm64 at 8, another call at 24, and an exit at 32.
func section() []byte {
	data := make([]byte, 40)
	data[0], data[8], data[24], data[32] = 0x85, 0x18, 0x85, 0x95
	return data
}

func TestClassify(t *testing.T) {
	const noField = Field(0)
	tests := []struct {
		name string
		typ  uint32
		exec bool
		off  uint64
		want Field
		err  string
	}{
		{"64-bit word", Abs64, false, 0, Word64, ""},
		{"64-bit word at the end", Abs64, false, 32, Word64, ""},
		{"64-bit word, not aligned", Abs64, false, 3, Word64, ""},
		{"64-bit word in code", Abs64, true, 8, Word64, ""},
		{"64-bit word over the end", Abs64, false, 33, noField, "R_BPF_64_ABS64 runs over the end of its section"},
		{"64-bit word behind the end", Abs64, false, 41, noField, "R_BPF_64_ABS64 runs over the end of its section"},
		{"64-bit word far away", Abs64, false, math.MaxUint64, noField, "R_BPF_64_ABS64 runs over the end of its section"},
		{"32-bit word", Abs32, false, 36, Word32, ""},
		{"32-bit word over the end", Abs32, false, 37, noField, "R_BPF_64_ABS32 runs over the end of its section"},
		{"old 64-bit word", LD64, false, 32, Word64, ""}, // clang before 13
		{"old 64-bit word over the end", LD64, false, 33, noField, "R_BPF_64_64 runs over the end of its section"},
		{"old 32-bit word", Call32, false, 36, Word32, ""},
		{"old 32-bit word over the end", Call32, false, 37, noField, "R_BPF_64_32 runs over the end of its section"},
		{"ld_imm64", LD64, true, 8, Imm64, ""},
		{"call", Call32, true, 0, Call, ""},
		{"call with the other type", LD64, true, 24, Call, ""},
		{"ld_imm64 with the other type", Call32, true, 8, Imm64, ""},
		{"ld_imm64, not aligned", LD64, true, 12, noField, "R_BPF_64_64 at an offset that is no multiple of 8"},
		{"ld_imm64 outside", LD64, true, 40, noField, "R_BPF_64_64 outside its section"},
		{"call far away", Call32, true, math.MaxUint64 - 7, noField, "R_BPF_64_32 outside its section"},
		{"exit", Call32, true, 32, noField, "R_BPF_64_32 at an instruction with opcode 0x95, which takes none"},
		{"second half of ld_imm64", LD64, true, 16, noField, "R_BPF_64_64 at an instruction with opcode 0x00, which takes none"},
		{"none", None, true, 0, noField, "unknown relocation type 0"},
		{"BTF's own", NoDyld32, false, 0, noField, "unknown relocation type 4"},
		{"unknown", 99, true, 0, noField, "unknown relocation type 99"},
	}
	for _, test := range tests {
		got, err := Classify(test.typ, test.exec, section(), test.off)
		text := ""
		if err != nil {
			text = err.Error()
		}
		if got != test.want || text != test.err {
			t.Errorf("%s: field %d, error '%s'; want %d, '%s'", test.name, got, text, test.want, test.err)
		}
	}
	cut := section()[:24]
	if _, err := Classify(LD64, true, cut, 8); err != nil {
		t.Errorf("ld_imm64 that ends with the section: %v", err)
	}
	if _, err := Classify(LD64, true, cut[:23], 8); err == nil {
		t.Error("ld_imm64 that the section ends in is taken")
	}
	if _, err := Classify(Call32, true, section()[:28], 24); err == nil {
		t.Error("call that the section ends in is taken")
	}
}

func TestAddend(t *testing.T) {
	const huge = 3 << 30 // of a map over 2 GiB
	tests := []struct {
		name  string
		field Field
		bits  uint64 // of the field
		size  uint64 // of the symbol's section
		want  int64
	}{
		{"word", Word64, 0x0102030405060708, 0, 0x0102030405060708},
		{"negative word", Word64, 1<<64 - 8, 0, -8},
		{"half word", Word32, 0x01020304, 0, 0x01020304},
		{"half word is not signed", Word32, 0xfffffff8, 0, 0xfffffff8},
		{"call of the symbol", Call, 0xffffffff, 0, 0},
		{"call of a section's start plus 2", Call, 1, 0, 16},
		{"call backwards", Call, 0xfffffffe, 0, -8},
		{"furthest call", Call, math.MaxInt32, 0, (math.MaxInt32 + 1) * 8},
		{"furthest call backwards", Call, 1 << 31, 0, (math.MinInt32 + 1) * 8},
		{"immediate", Imm64, 0x10, 0x20, 0x10},
		{"immediate past the section", Imm64, 0x30, 0x20, 0x30},
		{"negative immediate", Imm64, 0xfffffffc, 0x20, -4},
		{"immediate over 2 GiB", Imm64, 1 << 31, huge, 1 << 31},
		{"last immediate of a section", Imm64, huge - 1, huge, huge - 1},
		{"negative immediate before a huge section", Imm64, huge, huge, huge - 1<<32},
	}
	for _, bo := range orders {
		for _, test := range tests {
			data := bytes.Repeat([]byte{0xee}, 24)
			want := bytes.Clone(data)
			const off = 8
			switch test.field {
			case Word64:
				bo.PutUint64(data[off:], test.bits)
			case Word32:
				bo.PutUint32(data[off:], uint32(test.bits))
			default:
				bo.PutUint32(data[off+4:], uint32(test.bits))
			}
			if got := test.field.Addend(bo, data, off, test.size); got != test.want {
				t.Errorf("%s, %v: addend %#x, want %#x", test.name, bo, got, test.want)
			}
			if err := test.field.SetAddend(bo, want, off, test.want); err != nil || !bytes.Equal(want, data) {
				t.Errorf("%s, %v: written as % x, want % x (%v)", test.name, bo, want, data, err)
			}
		}
	}
}

func TestSetAddendErrors(t *testing.T) {
	tests := []struct {
		field  Field
		addend int64
		want   string
	}{
		{Word32, -1, "addend -0x1 does not fit 32 bits"},
		{Word32, 1 << 32, "addend 0x100000000 does not fit 32 bits"},
		{Imm64, 1 << 32, "addend 0x100000000 does not fit 32 bits"},
		{Imm64, math.MinInt32 - 1, "addend -0x80000001 does not fit 32 bits"},
		{Call, 4, "call target 0x4 is out of reach"},
		{Call, -4, "call target -0x4 is out of reach"},
		{Call, (math.MaxInt32 + 2) * 8, "call target 0x400000008 is out of reach"},
		{Call, math.MinInt32 * 8, "call target -0x400000000 is out of reach"},
	}
	for _, test := range tests {
		data := make([]byte, 16)
		err := test.field.SetAddend(binary.LittleEndian, data, 0, test.addend)
		if err == nil || err.Error() != test.want {
			t.Errorf("field %d, addend %#x: %v, want '%s'", test.field, test.addend, err, test.want)
		}
		if !bytes.Equal(data, make([]byte, 16)) {
			t.Errorf("field %d, addend %#x: written in spite of the error", test.field, test.addend)
		}
	}
}

// An addend that is written is read again, and nothing beside its field changes.
func TestAddendRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, bo := range orders {
		for range 20_000 {
			f := []Field{Word64, Word32, Imm64, Call}[rng.IntN(4)]
			off := uint64(rng.IntN(24))
			before := make([]byte, 40)
			for i := range before {
				before[i] = byte(rng.Uint32())
			}
			addend, size := int64(0), uint64(0)
			from, to := off+4, off+8
			switch f {
			case Word64:
				addend, from = int64(rng.Uint64()), off
			case Word32:
				addend, from, to = int64(rng.Uint32()), off, off+4
			case Imm64: // signed, or an offset in a section
				if addend = int64(int32(rng.Uint32())); rng.IntN(2) == 0 {
					size = 1 + rng.Uint64N(1<<32)
					addend = rng.Int64N(int64(size))
				}
			case Call:
				addend = (int64(int32(rng.Uint32())) + 1) * 8
			}
			data := bytes.Clone(before)
			if err := f.SetAddend(bo, data, off, addend); err != nil {
				t.Fatalf("field %d, addend %#x: %v", f, addend, err)
			}
			if got := f.Addend(bo, data, off, size); got != addend {
				t.Fatalf("field %d, size %#x: addend %#x comes back as %#x", f, size, addend, got)
			}
			if !bytes.Equal(data[:from], before[:from]) || !bytes.Equal(data[to:], before[to:]) {
				t.Fatalf("field %d: bytes beside the field change", f)
			}
			if off+f.Size() > uint64(len(data)) {
				t.Fatalf("field %d at %d is outside", f, off)
			}
		}
	}
}

func TestName(t *testing.T) {
	for typ, want := range map[uint32]string{None: "R_BPF_NONE", LD64: "R_BPF_64_64", Abs64: "R_BPF_64_ABS64", Abs32: "R_BPF_64_ABS32",
		NoDyld32: "R_BPF_64_NODYLD32", Call32: "R_BPF_64_32", 5: "R_BPF type 5"} {
		if got := Name(typ); got != want {
			t.Errorf("type %d is '%s', want '%s'", typ, got, want)
		}
	}
}
