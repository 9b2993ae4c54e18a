package interp

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/bpfsdt/bpf-sdt-link/object"
	"github.com/bpfsdt/bpf-sdt-link/reloc"
)

// The address of a data section depends on its name only, not on which sections there are besides.
func TestDataAddress(t *testing.T) {
	address := func(before ...string) uint64 {
		im := &object.Image{Order: binary.LittleEndian}
		for _, name := range append(before, ".data") {
			im.Sections = append(im.Sections, object.ImageSection{Name: name, Type: object.SecProgbits, Flags: object.FlagAlloc | object.FlagWrite, Align: 8, Data: make([]byte, 8)})
		}
		data := len(im.Sections) - 1
		im.Symbols = []object.ImageSymbol{{Type: object.TypeSection, Section: data}, {Name: "main", Type: object.TypeFunc, Section: data + 1, Size: 24}}
		im.Sections = append(im.Sections, object.ImageSection{Name: ".text", Type: object.SecProgbits, Flags: object.FlagAlloc | object.FlagExec, Align: 8,
			Data: encode(im.Order, []ins{{op: 0x18, src: 1}, {}, exit}), Relocs: []object.ImageReloc{{Type: reloc.LD64}}})
		obj, err := im.Write()
		if err != nil {
			t.Fatal(err)
		}
		m, err := Load(obj)
		if err != nil {
			t.Fatal(err)
		}
		r, err := m.Run("main", nil, Options{})
		if err != nil {
			t.Fatal(err)
		}
		return r.R0
	}
	if a, b := address(), address(".data.flags"); a != b {
		t.Errorf("%#x, and %#x behind another section", a, b)
	}
}

// What is wrong with code that does not run, does not matter.
func TestUndefined(t *testing.T) {
	im := &object.Image{Order: binary.LittleEndian, Symbols: []object.ImageSymbol{
		{Name: "extern", Bind: object.Global, Section: object.SymUndef},
		{Name: "main", Type: object.TypeFunc, Size: 16},
		{Name: "other", Type: object.TypeFunc, Value: 16, Size: 16}}}
	im.Sections = []object.ImageSection{{Name: ".text", Type: object.SecProgbits, Flags: object.FlagAlloc | object.FlagExec, Align: 8,
		Data:   encode(im.Order, []ins{{op: 0xb7, imm: 3}, exit, {op: 0x85, src: 1, imm: -1}, exit}),
		Relocs: []object.ImageReloc{{Offset: 16, Type: reloc.Call32}}}}
	obj, err := im.Write()
	if err != nil {
		t.Fatal(err)
	}
	m, err := Load(obj)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := m.Run("main", nil, Options{}); err != nil || r.R0 != 3 {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := m.Run("other", nil, Options{}); err == nil || err.Error() != "other+0: refers to 'extern', which is not defined" {
		t.Errorf("%v", err)
	}
}

func TestStrict(t *testing.T) {
	zero := ins{op: 0xb7}
	for _, test := range []struct {
		name string
		p    program
		want string
	}{
		{"r10 is written", program{{{op: 0x07, dst: 10, imm: 8}, exit}}, "main+0: r10 is written"},
		{"half of ld_imm64", program{{{op: 0x18}}}, "half of an instruction"},
		{"a function without code", program{{}}, "has no instructions"},
		{"an argument of a traced function", program{{{op: 0x85, src: 1, imm: 1}, exit}, {exit}}, "main+0: argument 2 of 'one': r2 has no value"},
		{"addition with an offset", program{{zero, {op: 0x07, off: 1}, exit}}, "not modelled"},
		{"exchange without fetch", program{{zero, {0x7b, 10, 0, -8, 0}, {0xdb, 10, 0, -8, 0xe0}, exit}}, "not modelled"},
		{"bswap with a source", program{{zero, {op: 0xdf, imm: 16}, exit}}, "not modelled"},
	} {
		r, err := test.p.run(t, binary.LittleEndian, Options{Traced: map[string]int{"one": 2}})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %+v, %v, want '%s'", test.name, r, err, test.want)
		}
	}
}

// bpf_loop takes the low half of r1, and time goes on.
func TestHelperWidths(t *testing.T) {
	loop := program{
		append(set(1, 1<<32+2), ins{op: 0x18, dst: 2, src: 4, imm: 1}, ins{}, ins{op: 0xb7, dst: 3}, ins{op: 0xb7, dst: 4}, ins{op: 0x85, imm: 181}, exit),
		{{op: 0xb7}, exit},
	}
	if r, err := loop.run(t, binary.LittleEndian, Options{Steps: 100}); err != nil || r.R0 != 2 {
		t.Errorf("bpf_loop: %+v, %v, want 2", r, err)
	}
	clock := program{{{op: 0x85, imm: 5}, {op: 0xbf, dst: 6}, {op: 0x85, imm: 7}, {op: 0x85, imm: 5}, {op: 0x1f, src: 6}, exit}}
	if r, err := clock.run(t, binary.LittleEndian, Options{}); err != nil || r.R0 != 1 {
		t.Errorf("two times: %+v, %v, want 1", r, err)
	}
}
