package code

import (
	"math/rand/v2"
	"testing"

	"github.com/bpfsdt/bpf-sdt-link/object"
)

// TestAtNested holds At against a search through all functions, where some lie in others.
func TestAtNested(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		o := &object.Object{Sections: make([]object.Section, 4), Symbols: make([]object.Symbol, 1)}
		for i := 1; i < 4; i++ {
			o.Sections[i] = object.Section{Name: "xdp", Type: object.SecProgbits, Flags: object.FlagExec, Size: 400}
		}
		for range r.IntN(40) {
			start := uint64(r.IntN(40))
			o.Symbols = append(o.Symbols, object.Symbol{Type: object.TypeFunc, Section: 1 + r.Uint32N(3), Value: start, Size: uint64(r.IntN(41 - int(start)))})
		}
		g := Functions(o)
		for section := 1; section < 4; section++ {
			for off := range uint64(42) {
				want := -1
				for i := range g.Funcs {
					if f := &g.Funcs[i]; f.Section == section && f.Start <= off && f.End > off {
						want = i
					}
				}
				if got := g.At(section, off); got != want {
					t.Fatalf("%d+%d: function %d, want %d of %+v", section, off, got, want, g.Funcs)
				}
			}
		}
	}
}
