package lower_test

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

// placed is a program that gives every register a value of its own, comes to a site with arguments in regs, and then
// returns what depends on the registers from 0 to last: so all of those are live over the site. With a deep frame
// there is a value at its bottom, which is looked at as well.
func placed(regs []uint8, last uint8, frame int) *randProgram {
	p := &randProgram{probes: []randProbe{{name: "p0"}}}
	for range regs {
		p.probes[0].types = append(p.probes[0].types, argTypes[0])
	}
	f := &randFunc{name: "main", params: []kind{ctxPtr}, returns: true}
	p.funcs = []*randFunc{f}
	g := &generator{p: p, f: f, s: &state{slots: map[int]bool{}}}
	for r := range uint8(10) {
		g.emit(0x18, r, 0, 0, int32(0x1111*uint32(r+1)))
		g.emit(0, 0, 0, 0, int32(r))
	}
	if frame > 0 {
		g.emit(0x7b, 10, 5, int16(-8*frame), 0)
	}
	f.sites = []randSite{{insn: len(f.insns), regs: regs}}
	g.emit(0x05, 0, 0, 0, 0)
	for r := uint8(1); r <= last; r++ {
		g.emit(0x27, 0, 0, 0, 31)
		g.emit(0x0f, 0, r, 0, 0)
	}
	if frame > 0 {
		g.emit(0x79, 1, 10, int16(-8*frame), 0)
		g.emit(0x0f, 0, 1, 0, 0)
	}
	g.emit(0x95, 0, 0, 0, 0)
	return p
}

// placements are lists of registers that hold a site's arguments: every permutation of r1 to r5, and so every shape of
// cycle; every way to pick some of them, in order; and others with repetition from all registers.
func placements() (all [][]uint8) {
	var pick func(chosen []uint8)
	pick = func(chosen []uint8) {
		all = append(all, append([]uint8{}, chosen...))
		for r := uint8(1); r <= 5 && len(chosen) < 5; r++ {
			taken := false
			for _, c := range chosen {
				taken = taken || c == r
			}
			if !taken {
				pick(append(chosen, r))
			}
		}
	}
	pick(nil)
	rng := rand.New(rand.NewPCG(5, 5))
	for range 300 {
		regs := make([]uint8, 1+rng.IntN(5))
		for i := range regs {
			regs[i] = uint8(rng.IntN(10))
		}
		all = append(all, regs)
	}
	return all
}

func TestPlacements(t *testing.T) {
	c := &counts{refused: map[string]int{}}
	all := placements()
	for _, regs := range all {
		for _, last := range []uint8{5, 9} { // r6 to r9 are free, or live
			for _, frame := range []int{0, 3} {
				if err := c.check(placed(regs, last, frame), binary.LittleEndian, 1); err != nil {
					t.Errorf("arguments in %v, r0 to r%d live, %d slots: %v", regs, last, frame, err)
				}
			}
		}
	}
	if len(c.refused) > 0 {
		t.Errorf("refused: %v", c.refused)
	}
	if want := int64(len(all) * 4 * 3 * len(modes)); c.hits.Load() != want { // 3 inputs
		t.Errorf("%d hits, want %d", c.hits.Load(), want)
	}
	t.Logf("%d placements, %d sites lowered", len(all), c.lowered.Load())
}
