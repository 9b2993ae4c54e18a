package code

import (
	"encoding/binary"
	"testing"
)

func TestEffects(t *testing.T) {
	r := func(regs ...uint8) (set Regs) {
		for _, n := range regs {
			set |= Reg(n)
		}
		return set
	}
	tests := []struct {
		text     string
		insn     [8]byte
		form     Form
		use, def Regs
	}{
		{"r1 = 5", [8]byte{0xb7, 0x01, 0, 0, 5}, Compute, 0, r(1)},
		{"r1 = r2", [8]byte{0xbf, 0x21}, Compute, r(2), r(1)},
		{"r1 = (s8)r2", [8]byte{0xbf, 0x21, 8}, Compute, r(2), r(1)},
		{"w1 = (s32)w2", [8]byte{0xbc, 0x21, 32}, Unknown, 0, 0},
		{"r1 += r2", [8]byte{0x0f, 0x21}, Compute, r(1, 2), r(1)},
		{"r1 += 5", [8]byte{0x07, 0x01, 0, 0, 5}, Compute, r(1), r(1)},
		{"w1 = -w1", [8]byte{0x84, 0x01}, Compute, r(1), r(1)},
		{"r1 s/= r2", [8]byte{0x3f, 0x21, 1}, Compute, r(1, 2), r(1)},
		{"r1 += r2 with an offset", [8]byte{0x0f, 0x21, 1}, Unknown, 0, 0},
		{"r1 = be16 r1", [8]byte{0xdc, 0x01, 0, 0, 16}, Compute, r(1), r(1)},
		{"r1 = bswap64 r1", [8]byte{0xd7, 0x01, 0, 0, 64}, Compute, r(1), r(1)},
		{"r1 = *(u32 *)(r2 + 8)", [8]byte{0x61, 0x21, 8}, Load, r(2), r(1)},
		{"r1 = *(s8 *)(r2 + 8)", [8]byte{0x91, 0x21, 8}, Load, r(2), r(1)},
		{"r1 = *(s64 *)(r2 + 8)", [8]byte{0x99, 0x21, 8}, Unknown, 0, 0},
		{"*(u64 *)(r10 - 8) = r2", [8]byte{0x7b, 0x2a, 0xf8, 0xff}, Store, r(10, 2), 0},
		{"*(u64 *)(r10 - 8) = 7", [8]byte{0x7a, 0x0a, 0xf8, 0xff, 7}, Store, r(10), 0},
		{"lock *(u64 *)(r1 + 0) += r2", [8]byte{0xdb, 0x21}, Atomic, r(1, 2), 0},
		{"r2 = atomic_fetch_add(r1, r2)", [8]byte{0xdb, 0x21, 0, 0, 1}, Atomic, r(1, 2), r(2)},
		{"r2 = xchg(r1, r2)", [8]byte{0xdb, 0x21, 0, 0, 0xe1}, Atomic, r(1, 2), r(2)},
		{"r0 = cmpxchg(r1, r0, r2)", [8]byte{0xdb, 0x21, 0, 0, 0xf1}, Atomic, r(0, 1, 2), r(0)},
		{"r1 = load_acquire(r2)", [8]byte{0xdb, 0x21, 0, 0, 0, 1}, Atomic, r(2), r(1)},
		{"store_release(r1, r2)", [8]byte{0xdb, 0x21, 0, 0, 0x10, 1}, Atomic, r(1, 2), 0},
		{"an atomic of 16 bits", [8]byte{0xcb, 0x21}, Unknown, 0, 0},
		{"an atomic subtraction", [8]byte{0xdb, 0x21, 0, 0, 0x10}, Unknown, 0, 0},
		{"r1 = 0 ll", [8]byte{0x18, 0x01}, LoadImm, 0, r(1)},
		{"r1 = 7 ll of a kind to come", [8]byte{0x18, 0x71}, Unknown, 0, 0},
		{"r0 = *(u32 *)skb[4]", [8]byte{0x20, 0, 0, 0, 4}, LoadAbs, r(6), r(0)},
		{"r0 = *(u8 *)skb[r3 + 4]", [8]byte{0x50, 0x30, 0, 0, 4}, LoadAbs, r(6, 3), r(0)},
		{"goto +1", [8]byte{0x05, 0, 1}, Jump, 0, 0},
		{"gotol +1", [8]byte{0x06, 0, 0, 0, 1}, Jump, 0, 0},
		{"goto r3", [8]byte{0x0d, 0x03}, JumpTable, r(3), 0},
		{"may_goto +1", [8]byte{0xe5, 0, 1}, JumpMaybe, 0, 0},
		{"may_goto of another kind", [8]byte{0xe5, 0x10, 1}, Unknown, 0, 0},
		{"if r1 == r2 goto +1", [8]byte{0x1d, 0x21, 1}, JumpIf, r(1, 2), 0},
		{"if w1 s< 5 goto +1", [8]byte{0xc6, 0x01, 1, 0, 5}, JumpIf, r(1), 0},
		{"call 5", [8]byte{0x85, 0, 0, 0, 5}, Call, 0, 0},
		{"call of a kind to come", [8]byte{0x85, 0x30, 0, 0, 5}, Unknown, 0, 0},
		{"callx r1", [8]byte{0x8d, 0x01}, Unknown, 0, 0},
		{"exit", [8]byte{0x95}, Exit, r(0), 0},
		{"r11 = 0", [8]byte{0xb7, 0x0b}, Unknown, 0, 0},
		{"class 5, operation 15", [8]byte{0xf5}, Unknown, 0, 0},
	}
	for _, test := range tests {
		for _, bo := range orders {
			b := test.insn
			if bo == binary.ByteOrder(binary.BigEndian) {
				b[1] = b[1]<<4 | b[1]>>4
				b[2], b[3] = b[3], b[2]
				b[4], b[5], b[6], b[7] = b[7], b[6], b[5], b[4]
			}
			in := Decode(bo, b[:], 0)
			if got := in.Form(); got != test.form {
				t.Errorf("%s: form %d, want %d", test.text, got, test.form)
			}
			if use, def := in.Effects(); use != test.use || def != test.def {
				t.Errorf("%s: reads %b and sets %b, want %b and %b", test.text, use, def, test.use, test.def)
			}
		}
	}
}
