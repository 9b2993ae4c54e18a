package lower_test

import (
	"testing"

	"github.com/bpfsdt/bpf-sdt-link/lower"
)

// TestMutations makes lowering make mistakes. The comparison of random programs has to notice each, or it proves
// nothing.
func TestMutations(t *testing.T) {
	defer lower.SetFault(lower.NoFault)
	const programs = 60
	for _, m := range []struct {
		name  string
		fault lower.Fault
		least int // programs in which it has to be noticed
	}{
		{"no mistake", lower.NoFault, 0},
		{"a register is not saved", lower.DropSave, 30},
		{"a register is kept in one that is in use", lower.UseLiveR6, 15},
		{"arguments are moved over each other", lower.SequentialMoves, 15},
		{"registers are saved in the function's own stack", lower.SlotHigh, 10},
	} {
		lower.SetFault(m.fault)
		noticed := 0
		for seed := range uint64(programs) {
			c := &counts{refused: map[string]int{}}
			if err := c.test(seed + 1); err != nil {
				noticed++
				if m.fault == lower.NoFault {
					t.Errorf("seed %d: %v", seed+1, err)
				}
			}
		}
		t.Logf("%s: noticed in %d of %d programs", m.name, noticed, programs)
		if noticed < m.least {
			t.Errorf("%s: noticed in %d of %d programs, want %d", m.name, noticed, programs, m.least)
		}
	}
}
