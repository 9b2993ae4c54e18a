package interp_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bpfsdt/bpf-sdt-link/linker"
	"github.com/bpfsdt/bpf-sdt-link/lower/interp"
)

// linked links committed objects, by folder of golden/testdata and names.
func linked(t *testing.T, order, dir string, names ...string) *interp.Machine {
	t.Helper()
	var ins []linker.Input
	for _, n := range names {
		data, err := os.ReadFile(fmt.Sprintf("../../golden/testdata/%s/%s.clang19.%s.o.zst", dir, n, order))
		if err != nil {
			t.Fatal(err)
		}
		ins = append(ins, linker.Input{Name: n, Data: data})
	}
	res, err := linker.Link(context.Background(), ins, linker.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := interp.Load(res.Object)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// What compilers make runs, where it uses nothing that is not modelled.
func TestFixtures(t *testing.T) {
	for _, test := range []struct {
		dir, program string
		names        []string
		hits         bool
	}{
		{"calls", "prog_a", []string{"a", "b", "c"}, false},
		{"data", "prog_a", []string{"a", "b", "c"}, false},
		{"lower_sites", "prog_a", []string{"a", "b"}, true},
		{"lower_sites", "prog_b", []string{"a", "b"}, true},
		{"lower_frame", "prog", []string{"plain"}, true},
		{"five_args", "prog", []string{"a"}, true},
		{"rfc_shapes", "xdp_sub_prog", []string{"all"}, true},
	} {
		for _, order := range []string{"el", "eb"} {
			m := linked(t, order, test.dir, test.names...)
			first, err := m.Run(test.program, make([]byte, 256), interp.Options{Sites: true})
			if err != nil {
				t.Errorf("%s, %s, %s: %v", test.dir, test.program, order, err)
				continue
			}
			if got := len(first.Hits) > 0; got != test.hits {
				t.Errorf("%s, %s, %s: hits %v, want some: %t", test.dir, test.program, order, first.Hits, test.hits)
			}
			again, err := m.Run(test.program, make([]byte, 256), interp.Options{Sites: true})
			if d := cmp.Diff(first, again); err != nil || d != "" {
				t.Errorf("%s, %s, %s: a second run differs (%v, -first +second):\n%s", test.dir, test.program, order, err, d)
			}
		}
	}
}

// prog_a's arguments are computed by hand from its source: data and data_end are 0x100 and 0x140.
func TestFixtureHits(t *testing.T) {
	ctx := make([]byte, 256)
	ctx[1], ctx[4], ctx[5] = 1, 0x40, 1
	r, err := linked(t, "el", "lower_sites", "a", "b").Run("prog_a", ctx, interp.Options{Sites: true})
	if err != nil {
		t.Fatal(err)
	}
	var steps []uint32
	for _, h := range r.Hits {
		if h.Name == "step" {
			steps = append(steps, uint32(h.Args[0]))
		}
	}
	if d := cmp.Diff([]uint32{0x40, 0x41}, steps); d != "" {
		t.Errorf("step (-want +got):\n%s", d)
	}
	// total is 0x40 after, and mix returns the low 32 bits of 0x40 << 40 >> 41.
	if want := uint32(0x40>>1 + 0x40); uint32(r.R0) != want {
		t.Errorf("returns %#x, want %#x", uint32(r.R0), want)
	}
}
