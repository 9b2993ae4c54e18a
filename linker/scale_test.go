package linker

import (
	"context"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/bpfsdt/bpf-sdt-link/golden"
	"github.com/bpfsdt/bpf-sdt-link/internal/mutate"
	"github.com/bpfsdt/bpf-sdt-link/notes"
	"github.com/bpfsdt/bpf-sdt-link/object"
	"github.com/bpfsdt/bpf-sdt-link/reloc"
)

// scaled are objects that are large in one way each, by a number that says how large.
var scaled = []struct {
	name string
	make func(b *build, n int)
}{
	{"functions of one name", func(b *build, n int) {
		for range n {
			b.fn(".text", "f", object.Local, 1)
		}
		b.fn("xdp", "prog", object.Global, 1, "call .text+0")
	}},
	{"variables of one long name", func(b *build, n int) {
		name := strings.Repeat("n", 100_000)
		for range n {
			b.data(".data", name, object.Local, 1)
		}
	}},
	{"variables of one name", func(b *build, n int) {
		name := strings.Repeat("n", 1000)
		for range n / 10 {
			b.data(".data", name, object.Local, 1)
		}
	}},
	{"undefined symbols", func(b *build, n int) {
		b.fn("xdp", "prog", object.Global, 1)
		text := b.section("xdp")
		for i := range n {
			s := b.undef(fmt.Sprint("u", i), object.Global)
			at := uint64(len(b.image.Sections[text].Data))
			b.image.Sections[text].Data = append(b.image.Sections[text].Data, 0x85, 0x10, 0, 0, 0xff, 0xff, 0xff, 0xff)
			b.image.Sections[text].Relocs = append(b.image.Sections[text].Relocs, object.ImageReloc{Offset: at, Type: reloc.Call32, Sym: s})
		}
	}},
	{"nested functions", func(b *build, n int) {
		b.fn("xdp", "prog", object.Global, 1)
		text := b.section("xdp")
		b.image.Sections[text].Data = make([]byte, 8*n+8)
		for i := range n {
			b.symbol(fmt.Sprint("f", i), object.Global, object.TypeFunc, text, 0, uint64(8*(n-i)))
			b.image.Sections[text].Relocs = append(b.image.Sections[text].Relocs, object.ImageReloc{Offset: uint64(8 * i), Type: reloc.Call32, Sym: 1})
		}
	}},
	{"sites of one probe", func(b *build, n int) {
		b.fn("xdp", "prog", object.Global, 1)
		text := b.section("xdp")
		b.image.Sections[text].Data = make([]byte, 8*n)
		for i := range n {
			b.image.Sections[text].Data[8*i] = 5
		}
		b.symbol("prog2", object.Global, object.TypeFunc, text, 0, uint64(8*n))
		b.image.Symbols[0].Size = 0
		label := b.section(notes.Section)
		sym := b.sectionSymbol("xdp")
		s := &b.image.Sections[label]
		for i := range n {
			b.symbol(notes.LabelPrefix+"p", object.Local, object.TypeNone, label, uint64(8*i), 0)
			s.Data = binary.LittleEndian.AppendUint64(s.Data, uint64(8*i))
			s.Relocs = append(s.Relocs, object.ImageReloc{Offset: uint64(8 * i), Type: reloc.Abs64, Sym: sym})
		}
	}},
	{"sections that are aligned", func(b *build, n int) {
		for i := range n / 10 {
			b.data(fmt.Sprint(".data.", i), fmt.Sprint("v", i), object.Local, 1)
			b.image.Sections[i].Align = 1 << 26
		}
	}},
	{"large zeros", func(b *build, n int) {
		for i := range n / 10 {
			b.data(fmt.Sprint(".bss.", i), fmt.Sprint("v", i), object.Local)
			b.image.Sections[i].Size = 1 << 40
		}
	}},
}

// TestScale links objects that are large, and looks into their probes: done or refused, in time and memory that go with
// the size.
func TestScale(t *testing.T) {
	for _, test := range scaled {
		t.Run(test.name, func(t *testing.T) {
			b := newBuild()
			test.make(b, 50_000)
			data := b.bytes(t)
			mutate.Bounded(t, 2*len(data), func() {
				res, err := Link(context.Background(), []Input{{Name: "a.o", Data: data}, {Name: "b.o", Data: data}}, Options{})
				if err != nil {
					t.Logf("%.200s", err.Error())
					return
				}
				t.Logf("%d bytes, %d diagnostics", len(res.Object), len(res.Diagnostics))
			})
			mutate.Bounded(t, len(data), func() {
				f, err := notes.Open("a.o", data)
				if err == nil {
					probes, ds := f.Probes()
					t.Logf("%d probes, %d diagnostics", len(probes), len(ds))
				}
			})
			mutate.Bounded(t, len(data), func() {
				res, err := Link(context.Background(), []Input{{Name: "a.o", Data: data}}, Options{Probes: []ProbeRule{{Mode: ProbeCall}}})
				if err != nil {
					t.Logf("%.200s", err.Error())
				} else {
					t.Logf("%d bytes, %d diagnostics", len(res.Object), len(res.Diagnostics))
				}
			})
		})
	}
}

// TestDeepTypes gives types nested deep to all that read BTF of a whole object.
func TestDeepTypes(t *testing.T) {
	for name, add := range map[string]func(x *mutate.BTF, i uint32){
		"pointers": func(x *mutate.BTF, i uint32) { x.Add(0, 2<<24, i) },
		"structs":  func(x *mutate.BTF, i uint32) { x.Add(0, 4<<24|1, 8, 0, i, 0) },
		"protos":   func(x *mutate.BTF, i uint32) { x.Add(0, 13<<24|1, i, 0, i) },
	} {
		t.Run(name, func(t *testing.T) {
			var x mutate.BTF
			for i := range uint32(100_000) {
				add(&x, i)
			}
			x.Add(x.Name("v"), 14<<24, x.Len, 1)
			x.Add(x.Name(".data"), 15<<24|1, 8, x.Len, 0, 8)
			b := newBuild().data(".data", "v", object.Global, make([]byte, 8)...)
			b.image.Sections = append(b.image.Sections, object.ImageSection{Name: ".BTF", Type: object.SecProgbits, Align: 8, Data: x.Bytes()})
			data := b.bytes(t)
			mutate.Bounded(t, 2*len(data), func() {
				b := newBuild().fn("xdp", "prog", object.Global, 1, "load v").bytes(t)
				if _, err := Link(context.Background(), []Input{{Name: "a.o", Data: data}, {Name: "b.o", Data: b}}, Options{}); err != nil {
					t.Logf("%.200s", err.Error())
				}
			})
			mutate.Bounded(t, len(data), func() {
				if _, err := golden.Dump("a.o", data); err != nil {
					t.Log(err)
				}
			})
		})
	}
}
