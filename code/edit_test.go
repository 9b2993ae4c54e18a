package code

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A Map is compared with a model that has a flag for every byte.
func TestMapModel(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	for range 2000 {
		size := uint64(1 + rng.IntN(60))
		gone := make([]bool, size)
		var cuts []Cut
		for range rng.IntN(6) {
			start := rng.Uint64N(size)
			end := start + 1 + rng.Uint64N(size-start)
			cuts = append(cuts, Cut{start, end})
			for i := start; i < end; i++ {
				gone[i] = true
			}
		}
		m := NewMap(append([]Cut(nil), cuts...))
		kept := uint64(0)
		for old := range size {
			at, stays := m.At(old)
			if at != kept || stays == gone[old] {
				t.Fatalf("cuts %v: %d goes to %d (stays: %t), want %d (%t)", cuts, old, at, stays, kept, !gone[old])
			}
			if gone[old] {
				continue
			}
			if before := m.Before(kept); before != old {
				t.Fatalf("cuts %v: %d was at %d, want %d", cuts, kept, before, old)
			}
			kept++
		}
		if at, stays := m.At(size); at != kept || !stays {
			t.Fatalf("cuts %v: the end goes to %d (stays: %t), want %d", cuts, at, stays, kept)
		}
		if got := m.Size(size); got != kept {
			t.Fatalf("cuts %v: size %d, want %d", cuts, got, kept)
		}
	}
}

func TestNilMap(t *testing.T) {
	m := NewMap(nil)
	if m != nil {
		t.Fatal("a map of nothing")
	}
	if at, stays := m.At(77); at != 77 || !stays {
		t.Errorf("At: %d, %t", at, stays)
	}
	if m.Before(77) != 77 || m.Size(77) != 77 {
		t.Errorf("Before: %d, Size: %d", m.Before(77), m.Size(77))
	}
	data := []byte{1, 2, 3}
	out, err := m.Apply(orders[0], data, nil, false)
	if err != nil || !bytes.Equal(out, data) {
		t.Errorf("Apply: %v, %v", out, err)
	}
}

func nothingRelocated(uint64) bool { return false }

func TestApply(t *testing.T) {
	mark := func(n int32) insn { return insn{op: 0xb7, imm: n} } // r0 = n
	tests := []struct {
		name      string
		in        []insn
		cuts      []Cut
		relocated uint64 // position of an instruction with a relocation; 1 for none
		want      []insn
	}{
		{"call over a cut", []insn{{op: 0x85, src: 1, imm: 3}, exit, mark(1), exit, mark(2), exit}, []Cut{{16, 32}}, 1,
			[]insn{{op: 0x85, src: 1, imm: 1}, exit, mark(2), exit}},
		{"call back over a cut", []insn{mark(1), exit, mark(2), exit, {op: 0x85, src: 1, imm: -5}, exit}, []Cut{{16, 32}}, 1,
			[]insn{mark(1), exit, {op: 0x85, src: 1, imm: -3}, exit}},
		{"goto over two cuts", []insn{{op: 0x05, off: 4}, mark(1), mark(2), mark(3), exit, exit}, []Cut{{24, 32}, {8, 16}}, 1,
			[]insn{{op: 0x05, off: 2}, mark(2), exit, exit}},
		{"goto between cuts", []insn{mark(1), {op: 0x05, off: 1}, mark(2), exit, mark(3)}, []Cut{{0, 8}, {32, 40}}, 1,
			[]insn{{op: 0x05, off: 1}, mark(2), exit}},
		{"gotol and a condition", []insn{{op: 0x06, imm: 2}, {op: 0x15, off: 1}, mark(1), exit}, []Cut{{16, 24}}, 1,
			[]insn{{op: 0x06, imm: 1}, {op: 0x15}, exit}},
		{"address of a function", []insn{{op: 0x18, src: 4, imm: 4}, {}, exit, mark(1), exit, mark(2), exit}, []Cut{{24, 40}}, 1,
			[]insn{{op: 0x18, src: 4, imm: 2}, {}, exit, mark(2), exit}},
		{"relocated call", []insn{{op: 0x85, src: 1, imm: -1}, exit, mark(1), exit}, []Cut{{16, 24}}, 0,
			[]insn{{op: 0x85, src: 1, imm: -1}, exit, exit}},
		{"relocated call to what goes", []insn{{op: 0x85, src: 1, imm: 1}, exit, mark(1), exit}, []Cut{{16, 32}}, 0,
			[]insn{{op: 0x85, src: 1, imm: 1}, exit}},
		// The second half has no opcode of its own; whoever does not skip it would patch the constant.
		{"second half of ld_imm64 that looks like a call", []insn{{op: 0x18}, {op: 0x85, src: 1, imm: 3}, exit, mark(1), exit, exit}, []Cut{{24, 32}}, 1,
			[]insn{{op: 0x18}, {op: 0x85, src: 1, imm: 3}, exit, exit, exit}},
		{"what goes refers to what stays", []insn{exit, {op: 0x85, src: 1, imm: -2}, exit}, []Cut{{8, 24}}, 1, []insn{exit}},
		{"what goes refers to what goes", []insn{exit, {op: 0x05, off: 0}, exit}, []Cut{{8, 24}}, 1, []insn{exit}},
		{"goto out of the section is left", []insn{{op: 0x05, off: 100}, {op: 0x05, off: -100}, exit}, []Cut{{16, 24}}, 1,
			[]insn{{op: 0x05, off: 100}, {op: 0x05, off: -100}}},
		{"goto the end", []insn{{op: 0x05, off: 2}, mark(1), exit}, []Cut{{8, 16}}, 1, []insn{{op: 0x05, off: 1}, exit}},
		{"all goes", []insn{mark(1), exit}, []Cut{{0, 16}}, 1, nil},
	}
	for _, bo := range orders {
		for _, test := range tests {
			in := assemble(bo, test.in...)
			before := bytes.Clone(in)
			out, err := NewMap(test.cuts).Apply(bo, in, func(off uint64) bool { return off == test.relocated }, false)
			if err != nil {
				t.Errorf("%s, %v: %v", test.name, bo, err)
				continue
			}
			if diff := cmp.Diff(assemble(bo, test.want...), out); diff != "" {
				t.Errorf("%s, %v (-want +got):\n%s", test.name, bo, diff)
			}
			if !bytes.Equal(before, in) {
				t.Errorf("%s, %v: the input is changed", test.name, bo)
			}
		}
	}
}

func TestApplyDangling(t *testing.T) {
	in := assemble(orders[0], exit, insn{op: 0x85, src: 1, imm: 1}, exit, insn{op: 0xb7}, exit)
	out, err := NewMap([]Cut{{24, 40}}).Apply(orders[0], in, nothingRelocated, false)
	var d *DanglingError
	if out != nil || !errors.As(err, &d) || *d != (DanglingError{Offset: 8, Target: 24}) {
		t.Fatalf("%v, %v", out, err)
	}
	if want := "instruction at 0x8 refers to 0x18, which is removed"; d.Error() != want {
		t.Errorf("'%s', want '%s'", d, want)
	}
}

// Jumps of random code still reach the instruction that they reached before.
func TestApplyModel(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		bo := orders[rng.IntN(2)]
		n := 2 + rng.IntN(30)
		insns := make([]insn, n)
		for i := range insns { // each instruction has a number in a field that no edit touches
			to := rng.IntN(n+1) - i - 1
			switch rng.IntN(4) {
			case 0:
				insns[i] = insn{op: 0x05, off: int16(to), imm: int32(i)}
			case 1:
				insns[i] = insn{op: 0x85, src: 1, imm: int32(to), off: int16(i)}
			case 2:
				insns[i] = insn{op: 0x06, imm: int32(to), off: int16(i)}
			default:
				insns[i] = insn{op: 0xb7, imm: int32(i)}
			}
		}
		number := func(data []byte, at int64) int32 {
			if at == int64(len(data)) {
				return -1
			}
			if reachOf(bo, data, uint64(at)) == byImm {
				return int32(bo.Uint16(data[at+2:]))
			}
			return int32(bo.Uint32(data[at+4:]))
		}
		start := rng.IntN(n)
		end := start + 1 + rng.IntN(n-start)
		in := assemble(bo, insns...)
		m := NewMap([]Cut{{uint64(start) * 8, uint64(end) * 8}})
		out, err := m.Apply(bo, in, nothingRelocated, false)
		checked := 0
		for i := range insns {
			target, ok := Target(bo, in, uint64(i)*8)
			if i >= start && i < end || !ok {
				continue
			}
			if lost := target >= int64(start)*8 && target < int64(end)*8; lost {
				if err == nil {
					t.Fatalf("instruction %d reaches what is removed", i)
				}
				checked = -1
				break
			}
			if err != nil {
				continue
			}
			at, _ := m.At(uint64(i) * 8)
			now, _ := Target(bo, out, at)
			if number(in, target) != number(out, now) {
				t.Fatalf("instruction %d of %v reaches another one without %d to %d", i, insns, start, end)
			}
			checked++
		}
		if err != nil && checked >= 0 {
			t.Fatalf("%v, and no instruction dangles", err)
		}
	}
}
