package linker_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/bpfsdt/bpf-sdt-link/code"
	"github.com/bpfsdt/bpf-sdt-link/linker"
	"github.com/bpfsdt/bpf-sdt-link/object"
)

// A conditional jump that a site moves out of reach goes by way of a gotol, where the processor has that.
func TestLowerRange(t *testing.T) {
	for _, compiler := range []string{"clang19", "clang22"} {
		data, err := os.ReadFile(filepath.Join("..", "golden", "testdata", "lower_range", "long."+compiler+".el.o.zst"))
		if err != nil {
			t.Fatal(err)
		}
		in := []linker.Input{{Name: "long.o", Data: data}}
		res, err := linker.Link(context.Background(), in, linker.Options{Output: "out.o", Probes: []linker.ProbeRule{{Mode: linker.ProbeCall}}})
		if err != nil {
			t.Fatal(err)
		}
		o, err := object.Parse("out.o", res.Object)
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for i := range o.Sections {
			s := &o.Sections[i]
			for off := uint64(0); s.Name == "xdp" && off < s.Size; off = code.Next(s.Data, off) {
				if in := code.Decode(o.Order, s.Data, off); in.Op == 0x06 {
					to, _ := code.Target(o.Order, s.Data, off)
					found = true
					// Behind the long run of r0 = r0 the result is moved to r0.
					if to < 8 || uint64(to) >= s.Size || s.Data[to-8] != 0xbf || s.Data[to] != 0xbc {
						t.Errorf("%s: the gotol at %#x leads to %#x, which is not the end of the program", compiler, off, to)
					}
				}
			}
		}
		if !found {
			t.Errorf("%s: there is no gotol", compiler)
		}
	}
}
