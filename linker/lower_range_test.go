package linker_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bpfsdt/bpf-sdt-link/code"
	"github.com/bpfsdt/bpf-sdt-link/golden"
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
					if n := (to - int64(off)) / code.InsnSize; n <= 32767 || uint64(to) >= s.Size {
						t.Errorf("%s: the gotol at %#x leads to %#x", compiler, off, to)
					}
				}
			}
		}
		if !found {
			t.Errorf("%s: there is no gotol", compiler)
		}
		text, err := golden.Dump("out.o", res.Object)
		if err != nil {
			t.Fatal(err)
		}
		// What is jumped to is what follows the long run of instructions, before and after.
		want := strings.LastIndex(text, "r0 = r0\n")
		if label := strings.LastIndex(text, "\n L"); label < want {
			t.Errorf("%s: the jump leads back", compiler)
		}
	}
}
