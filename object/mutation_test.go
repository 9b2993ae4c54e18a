package object

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/internal/mutate"
)

func parseTarget(tb testing.TB) mutate.Target {
	return mutate.Target{
		Name:  "parse",
		Seeds: mutate.Load(tb, 6<<10, "../golden/testdata/*/*.clang*.o.zst", "../notes/testdata/*.o.zst"),
		Focus: []mutate.Focus{mutate.ELF, mutate.ELF, mutate.All},
		Check: func(in *mutate.Input) (string, error) { return parseMutated(in.Data[0]) },
	}
}

// parseMutated holds Parse against what it promises, and what it has read against itself, written and read again.
func parseMutated(data []byte) (string, error) {
	o, err := Parse("x.o", data)
	if (o == nil) == (err == nil) {
		return "", fmt.Errorf("object %v, error %v", o, err)
	}
	if err != nil {
		if d, ok := err.(diag.Diagnostic); !ok || d.Severity != diag.Error || d.Message == "" || d.Place.Object != "x.o" {
			return "", fmt.Errorf("error %#v", err)
		}
		return "refused", nil
	}
	if err := badIndex(o); err != nil {
		return "", err
	}
	im := imageOf(o)
	written, err := im.Write()
	if err != nil {
		return "", err
	}
	again, err := Parse("again.o", written)
	if err != nil {
		return "", fmt.Errorf("what was read and written cannot be read: %w", err)
	}
	if err := badIndex(again); err != nil {
		return "", err
	}
	if im2 := imageOf(again); !reflect.DeepEqual(im, im2) {
		return "", errors.New("what was read, written and read is something else")
	}
	return "ok", nil
}

// imageOf returns what an object holds, to be written: the sections that are carried, the symbols in them and in none.
func imageOf(o *Object) *Image {
	im := &Image{Order: o.Order}
	index := map[uint32]int{Undef: SymUndef, Abs: SymAbs, Common: SymCommon}
	for i := range o.Sections {
		if s := &o.Sections[i]; i > 0 && Carried(s) {
			index[uint32(i)] = len(im.Sections)
			im.Sections = append(im.Sections, ImageSection{Name: s.Name, Type: s.Type, Flags: s.Flags, Align: s.Align, Entsize: s.Entsize, Data: s.Data})
			if s.Type == SecNobits {
				im.Sections[len(im.Sections)-1].Size = s.Size
			}
		}
	}
	place := map[uint32]uint32{}
	for _, local := range []bool{true, false} {
		for i := range o.Symbols {
			y := &o.Symbols[i]
			if n, ok := index[y.Section]; ok && i > 0 && (y.Bind == Local) == local {
				place[uint32(i)] = uint32(len(im.Symbols))
				im.Symbols = append(im.Symbols, ImageSymbol{Name: y.Name, Bind: y.Bind, Type: y.Type, Other: y.Other, Section: n, Value: y.Value, Size: y.Size})
			}
		}
	}
	for i := range o.Sections {
		if n, ok := index[uint32(i)]; ok && i > 0 {
			for _, r := range o.Sections[i].Relocs {
				if sym, ok := place[r.Sym]; ok {
					im.Sections[n].Relocs = append(im.Sections[n].Relocs, ImageReloc{r.Offset, r.Type, sym})
				}
			}
		}
	}
	return im
}

// zstdTarget reads compressed objects of which bytes are spoiled.
func zstdTarget(tb testing.TB) mutate.Target {
	t := parseTarget(tb)
	t.Name, t.Share = "zstd", 10
	t.Check = func(in *mutate.Input) (string, error) {
		packed := stored(in.Data[0])
		spoil := in.Mode
		if spoil&3 != 0 { // of the frame's header, mostly, whose sizes are promises
			at := int(spoil>>2) % 24
			packed[min(at, len(packed)-1)] ^= 1 << (spoil >> 8 & 7)
		}
		data, err := Decompress(packed)
		if (data == nil) == (err == nil) && len(in.Data[0]) > 0 {
			return "", fmt.Errorf("%d bytes, error %v", len(data), err)
		}
		switch {
		case err != nil:
			return "refused", nil
		case spoil&3 == 0 && !bytes.Equal(data, in.Data[0]):
			return "", errors.New("decompressed bytes differ")
		}
		return "ok", nil
	}
	return t
}

// stored is a zstd frame of raw blocks, which takes no time to make (RFC 8878, 3.1.1).
func stored(data []byte) []byte {
	out := append([]byte{}, zstdMagic...)
	n := uint32(len(data))
	out = append(out, 0xa0, byte(n), byte(n>>8), byte(n>>16), byte(n>>24)) // single segment, content size of 4 bytes
	for {
		block := data[:min(len(data), 64<<10)]
		data = data[len(block):]
		last := uint32(0)
		if len(data) == 0 {
			last = 1
		}
		h := uint32(len(block))<<3 | last
		out = append(append(out, byte(h), byte(h>>8), byte(h>>16)), block...)
		if last == 1 {
			return out
		}
	}
}

func FuzzParseMutated(f *testing.F)      { mutate.Fuzz(f, parseTarget(f)) }
func FuzzDecompressMutated(f *testing.F) { mutate.Fuzz(f, zstdTarget(f)) }
func TestMutations(t *testing.T)         { mutate.Run(t, parseTarget(t), zstdTarget(t)) }
