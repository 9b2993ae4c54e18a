package code

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A Map with edits is compared with a model that keeps the code as a list of instructions with names, and puts edits in
// by hand.
func TestEditModel(t *testing.T) {
	type item struct {
		old  int   // index of an old instruction, -1 for a new one
		edit *Edit // that brings a new one
	}
	rng := rand.New(rand.NewPCG(3, 3))
	for range 3000 {
		n := 2 + rng.IntN(12)
		cut := make([]bool, n+1)
		var cuts []Cut
		if rng.IntN(2) == 0 {
			from := rng.IntN(n)
			to := from + 1 + rng.IntN(n-from)
			cuts = append(cuts, Cut{uint64(from * InsnSize), uint64(to * InsnSize)})
			for i := from; i < to; i++ {
				cut[i] = true
			}
		}
		var edits []Edit
		replaced := map[int]bool{}
		add := func(at, old, size int, refs, jumps bool) {
			edits = append(edits, Edit{At: uint64(at * InsnSize), Old: uint64(old * InsnSize), New: make([]byte, size*InsnSize), Refs: refs, Jumps: jumps})
		}
		for i := range n {
			if rng.IntN(3) == 0 {
				add(i, 1, rng.IntN(4), true, true) // a site, or one that is stripped
				replaced[i] = true
			}
			if rng.IntN(5) == 0 {
				add(i, 0, 1+rng.IntN(2), true, false) // at a function's start
			}
			if rng.IntN(5) == 0 {
				add(i, 0, 1, false, false) // behind a call
			}
		}
		rng.Shuffle(len(edits), func(i, j int) { edits[i], edits[j] = edits[j], edits[i] })

		// The model: what belongs to the instruction before, what comes first, the site or the instruction.
		var list []item
		refs, jumps, insns := make([]int, n+1), make([]int, n+1), make([]int, n+1)
		for i := range n + 1 {
			put := func(rank int) {
				for k := range edits {
					if e := &edits[k]; e.At == uint64(i*InsnSize) && e.rank() == rank && !cut[i] {
						for range len(e.New) / InsnSize {
							list = append(list, item{-1, e})
						}
					}
				}
			}
			put(0)
			refs[i] = len(list)
			put(1)
			jumps[i], insns[i] = len(list), len(list)
			put(3)
			if i < n && !cut[i] && !replaced[i] {
				insns[i] = len(list)
				list = append(list, item{i, nil})
			}
		}
		m := NewMap(slices.Clone(cuts), edits...)
		for i := range n + 1 {
			for what, c := range map[string]struct {
				move func(uint64) (uint64, bool)
				want int
			}{"ref": {m.At, refs[i]}, "jump": {m.Jump, jumps[i]}, "insn": {m.Insn, insns[i]}} {
				at, stays := c.move(uint64(i * InsnSize))
				if at != uint64(c.want*InsnSize) || stays == cut[i] {
					t.Fatalf("cuts %v, edits %+v: %s %d goes to %d (stays: %t), want %d", cuts, edits, what, i, at/InsnSize, stays, c.want)
				}
			}
		}
		if got := m.Size(uint64(n * InsnSize)); got != uint64(len(list)*InsnSize) {
			t.Fatalf("cuts %v, edits %+v: %d instructions, want %d", cuts, edits, got/InsnSize, len(list))
		}
		for pos, it := range list {
			want := uint64(it.old * InsnSize)
			if it.edit != nil {
				want = it.edit.At
			}
			if got := m.Before(uint64(pos * InsnSize)); got != want {
				t.Fatalf("cuts %v, edits %+v: %d was at %d, want %d", cuts, edits, pos, got/InsnSize, want/InsnSize)
			}
		}
	}
}

// jump makes "goto" or "if r1 == 0 goto" over a number of instructions.
func jumpOver(op byte, n int16) []byte {
	b := make([]byte, InsnSize)
	b[0] = op
	binary.LittleEndian.PutUint16(b[2:], uint16(n))
	return b
}

func nothing(n int) []byte { // r0 = r0
	return bytes.Repeat([]byte{0xbf, 0, 0, 0, 0, 0, 0, 0}, n)
}

func TestApplyInserts(t *testing.T) {
	in := slices.Concat(jumpOver(0x15, 1), Nop[:], jumpOver(0x05, -3))
	site := Edit{At: 8, Old: 8, New: nothing(2), Refs: true, Jumps: true}
	entry := Edit{At: 0, New: []byte{0xb7, 3, 0, 0, 0, 0, 0, 0}, Refs: true}
	out, err := NewMap(nil, site, entry).Apply(binary.LittleEndian, in, nothingRelocated, false)
	if err != nil {
		t.Fatal(err)
	}
	// The jump to the function's first instruction does not come by what is put in front of it.
	want := slices.Concat([]byte{0xb7, 3, 0, 0, 0, 0, 0, 0}, jumpOver(0x15, 2), nothing(2), jumpOver(0x05, -4))
	if d := cmp.Diff(want, out); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

func TestApplyOutOfReach(t *testing.T) {
	const far = 32767
	grow := Edit{At: 16, Old: 8, New: nothing(3), Refs: true, Jumps: true}
	for _, op := range []byte{0x05, 0x15} { // goto, if
		in := slices.Concat(jumpOver(op, far), nothing(1), Nop[:], nothing(far))
		m := NewMap(nil, grow)
		_, err := m.Apply(binary.LittleEndian, in, nothingRelocated, false)
		var out *RangeError
		if !errors.As(err, &out) || out.Offset != 0 || out.Target != (far+1)*InsnSize {
			t.Errorf("opcode %#x: %v, want a RangeError", op, err)
		}
		more, err := m.Longer(binary.LittleEndian, in, nothingRelocated)
		if err != nil {
			t.Fatal(err)
		}
		if n := map[byte]int{0x05: 0, 0x15: 1}[op]; len(more) != n {
			t.Errorf("opcode %#x: %d longer jumps, want %d", op, len(more), n)
		}
		m = NewMap(nil, append(more, grow)...)
		got, err := m.Apply(binary.LittleEndian, in, nothingRelocated, true)
		if err != nil {
			t.Fatalf("opcode %#x: %v", op, err)
		}
		at := 0
		if op == 0x15 { // if r1 == 0 goto +1; goto +1; gotol
			if !bytes.Equal(got[:16], slices.Concat(jumpOver(0x15, 1), jumpOver(0x05, 1))) {
				t.Errorf("the condition became % x", got[:16])
			}
			at = 16
		}
		to, ok := Target(binary.LittleEndian, got, uint64(at))
		if want, _ := m.Jump((far + 1) * InsnSize); got[at] != 0x06 || !ok || uint64(to) != want {
			t.Errorf("opcode %#x: % x leads to %#x, want %#x", op, got[at:at+8], to, want)
		}
	}
}
