package golden_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bpfsdt/bpf-sdt-link/golden"
	"github.com/bpfsdt/bpf-sdt-link/linker"
	"github.com/bpfsdt/bpf-sdt-link/object"
)

func loadObject(t testing.TB, path string) []byte {
	t.Helper()
	packed, err := os.ReadFile(filepath.Join("testdata", path))
	if err != nil {
		t.Fatal(err)
	}
	data, err := object.Decompress(packed)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func dump(t testing.TB, data []byte) string {
	t.Helper()
	text, err := golden.Dump("object", data)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestDumpOrder holds that the text does not depend on the order of sections and symbols.
func TestDumpOrder(t *testing.T) {
	files, _ := filepath.Glob("testdata/*/*.clang19.*.o.zst")
	for _, file := range files {
		rel, _ := filepath.Rel("testdata", file)
		data := loadObject(t, rel)
		o, err := object.Parse(rel, data)
		if err != nil {
			t.Fatal(err)
		}
		forward, err := image(o, false)
		if err != nil {
			t.Fatal(err)
		}
		backward, err := image(o, true)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Equal(forward, backward) {
			t.Fatalf("%s: nothing was reordered", rel)
		}
		if d := golden.Diff("forward", dump(t, forward), "backward", dump(t, backward)); d != "" {
			t.Errorf("%s:\n%s", rel, d)
		}
	}
}

// image writes an object anew, with its sections and symbols in reverse if wanted.
func image(o *object.Object, reverse bool) ([]byte, error) {
	im := &object.Image{Order: o.Order}
	var order []int
	for i := range o.Sections {
		if s := &o.Sections[i]; s.Type == object.SecProgbits || s.Type == object.SecNobits {
			order = append(order, i)
		}
	}
	var syms []int
	for i := 1; i < len(o.Symbols); i++ {
		syms = append(syms, i)
	}
	if reverse {
		slices.Reverse(order)
		slices.Reverse(syms)
	}
	section, symbol := map[uint32]int{}, map[uint32]uint32{}
	for k, i := range order {
		section[uint32(i)] = k
	}
	for k, i := range syms {
		symbol[uint32(i)] = uint32(k)
	}
	for _, i := range order {
		s := &o.Sections[i]
		is := object.ImageSection{Name: s.Name, Type: s.Type, Flags: s.Flags, Align: s.Align, Entsize: s.Entsize, Data: s.Data, Size: s.Size}
		for _, r := range s.Relocs {
			is.Relocs = append(is.Relocs, object.ImageReloc{Offset: r.Offset, Type: r.Type, Sym: symbol[r.Sym]})
		}
		im.Sections = append(im.Sections, is)
	}
	for _, i := range syms {
		y := &o.Symbols[i]
		is := object.ImageSymbol{Name: y.Name, Bind: y.Bind, Type: y.Type, Other: y.Other, Value: y.Value, Size: y.Size}
		switch y.Section {
		case object.Undef:
			is.Section = object.SymUndef
		case object.Abs:
			is.Section = object.SymAbs
		default:
			k, ok := section[y.Section]
			if !ok {
				continue
			}
			is.Section = k
		}
		im.Symbols = append(im.Symbols, is)
	}
	return im.Write()
}

// linked links the objects of a case for the tests that change an output.
func linked(t testing.TB, dir, kind string, names ...string) []byte {
	t.Helper()
	b := build{c: &goldenCase{dir: filepath.Join("testdata", dir)}, compiler: "clang19", order: kind, inputs: names}
	var ins []linker.Input
	for _, n := range names {
		ins = append(ins, linker.Input{Name: n, Data: loadObject(t, dir+"/"+n+"."+b.compiler+"."+b.order+".o.zst")})
	}
	res, err := linker.Link(context.Background(), ins, linker.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return res.Object
}

// TestDumpHidesNothing changes every byte of an output's code, data, notes, relocations, symbols and BTF: the text must change
// with it, or Dump fail.
func TestDumpHidesNothing(t *testing.T) {
	for _, tt := range []struct {
		dir, order string
		names      []string
	}{
		{"rfc_shapes", "el", []string{"xdp", "tc", "sub"}},
		{"rfc_shapes", "eb", []string{"xdp", "tc", "sub"}},
		{"decl_tags", "el", []string{"a", "b"}},
		{"pointer_table", "eb", []string{"a", "b"}},
		{"map_values", "el", []string{"a", "b"}},
	} {
		t.Run(tt.dir+"/"+tt.order, func(t *testing.T) {
			data := linked(t, tt.dir, tt.order, tt.names...)
			want := dump(t, data)
			o, err := object.Parse("output", data)
			if err != nil {
				t.Fatal(err)
			}
			for i := range o.Sections {
				s := &o.Sections[i]
				if s.Type == object.SecStrtab || len(s.Data) == 0 {
					continue
				}
				start, end := uint64(0), s.Size
				switch {
				case s.Type == object.SecSymtab:
					start = 24 // the null symbol is checked by object.Parse
				case s.Name == ".BTF": // the strings are shared with what is not named here
					start = uint64(o.Order.Uint32(s.Data[4:]))
					end = start + uint64(o.Order.Uint32(s.Data[12:]))
				case s.Name == ".BTF.ext":
					start = uint64(o.Order.Uint32(s.Data[4:]))
				}
				flip := byte(1)
				if s.Name == ".BTF.ext" {
					flip = 0x10 // a source line without its first tab is the same line
				}
				for off := start; off < end; off++ {
					s.Data[off] ^= flip
					if got, err := golden.Dump("changed", data); err == nil && got == want {
						if !meaningless(o, s, off, flip) {
							t.Errorf("a change of %s+%#x does not show", s.Name, off)
						}
					}
					s.Data[off] ^= flip
				}
			}
		})
	}
}

// meaningless reports whether a byte that has been changed has no meaning.
func meaningless(o *object.Object, s *object.Section, off uint64, flip byte) bool {
	switch {
	case s.Type == object.SecSymtab: // the names of section symbols, and what probes' labels have beside a name and a place
		y := &o.Symbols[off/24]
		return y.Type == object.TypeFile || y.Type == object.TypeSection || strings.HasPrefix(y.Name, "___sdt_jt_")
	case s.Name == ".BTF": // a name that is another empty string
		empty := func() bool {
			str := uint64(o.Order.Uint32(s.Data[4:])) + uint64(o.Order.Uint32(s.Data[16:])) + uint64(o.Order.Uint32(s.Data[off&^3:]))
			return str < s.Size && s.Data[str] == 0
		}
		now := empty()
		s.Data[off] ^= flip
		before := empty()
		s.Data[off] ^= flip
		return now && before
	}
	return false
}

func TestDumpErrors(t *testing.T) {
	good := loadObject(t, "rfc_shapes/all.clang19.el.o.zst")
	o, err := object.Parse("good", good)
	if err != nil {
		t.Fatal(err)
	}
	for name, edit := range map[string]func(btf, ext []byte){
		"btf magic":       func(btf, _ []byte) { btf[0] = 0 },
		"btf version":     func(btf, _ []byte) { btf[2] = 9 },
		"btf header":      func(btf, _ []byte) { binary.LittleEndian.PutUint32(btf[4:], 8) },
		"btf types":       func(btf, _ []byte) { binary.LittleEndian.PutUint32(btf[12:], 1<<31) },
		"btf strings":     func(btf, _ []byte) { binary.LittleEndian.PutUint32(btf[16:], 1<<31) },
		"btf type":        func(btf, _ []byte) { binary.LittleEndian.PutUint32(btf[24+8:], 1<<20) },
		"btf kind":        func(btf, _ []byte) { btf[24+7] = 30 },
		"btf name":        func(btf, _ []byte) { binary.LittleEndian.PutUint32(btf[24:], 1<<20) },
		"ext magic":       func(_, ext []byte) { ext[1] = 0 },
		"ext header":      func(_, ext []byte) { binary.LittleEndian.PutUint32(ext[4:], 1<<20) },
		"ext func_info":   func(_, ext []byte) { binary.LittleEndian.PutUint32(ext[12:], 1<<20) },
		"ext record size": func(_, ext []byte) { binary.LittleEndian.PutUint32(ext[32:], 2) },
		"ext count":       func(_, ext []byte) { binary.LittleEndian.PutUint32(ext[40:], 1<<30) },
	} {
		t.Run(name, func(t *testing.T) {
			data := bytes.Clone(good)
			o2, err := object.Parse("bad", data)
			if err != nil {
				t.Fatal(err)
			}
			var btf, ext []byte
			for i := range o2.Sections {
				switch o.Sections[i].Name {
				case ".BTF":
					btf = o2.Sections[i].Data
				case ".BTF.ext":
					ext = o2.Sections[i].Data
				}
			}
			edit(btf, ext)
			text, err := golden.Dump("bad.o", data)
			if err == nil || text != "" || !strings.HasPrefix(err.Error(), "bad.o: .BTF") {
				t.Errorf("error %v with %d bytes of text", err, len(text))
			}
		})
	}
}

func TestDiff(t *testing.T) {
	if d := golden.Diff("a", "x\ny\n", "b", "x\ny\n"); d != "" {
		t.Errorf("equal texts differ: %s", d)
	}
	want := "--- a\n+++ b\n@@ -1,2 +1,2 @@\n x\n-y\n+z\n"
	if d := golden.Diff("a", "x\ny\n", "b", "x\nz\n"); d != want {
		t.Errorf("got\n%s", d)
	}
}

// FuzzDump holds that a file gives an error or a text, never both, and no panic.
func FuzzDump(f *testing.F) {
	files, _ := filepath.Glob("testdata/*/a.clang*.o.zst")
	for i, file := range files {
		if i%3 == 0 { // enough of each kind, and a start that does not take long
			rel, _ := filepath.Rel("testdata", file)
			f.Add(loadObject(f, rel))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		text, err := golden.Dump("fuzz", data)
		if (err == nil) != (text != "") {
			t.Errorf("error %v with %d bytes of text", err, len(text))
		}
	})
}
