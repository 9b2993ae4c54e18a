package notes

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/bpfsdt/bpf-sdt-link/btfgen"
	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/object"
)

// What clang made of testdata/probes.c, in either byte order.
func TestProbes(t *testing.T) {
	want := []Probe{
		{Name: "five", Declared: true,
			Args: []Arg{
				{Type: "char", Size: 1, Signed: true}, {Type: "unsigned short", Size: 2}, {Type: "long", Size: 8, Signed: true},
				{Type: "enum color", Size: 4}, {Type: "struct node *", Size: 8}},
			Sites: []Site{{Probe: "five", Section: ".text", Function: "sub", Programs: []string{"first", "second"}, Offset: 24,
				Regs: []uint8{3, 4, 4, 5, 2}, File: "./probes.c", Line: 27, Column: 2, Entry: 24, SectionIndex: 2}}},
		{Name: "pair", Declared: true,
			Args: []Arg{{Type: "int", Size: 4, Signed: true}, {Type: "struct message *", Size: 8}},
			Sites: []Site{{Probe: "pair", Section: "xdp", Function: "first", Programs: []string{"first"}, Offset: 8,
				Regs: []uint8{2, 1}, File: "./probes.c", Line: 33, Column: 2, SectionIndex: 3}}},
		{Name: "plain", Declared: true,
			Args: []Arg{},
			Sites: []Site{{Probe: "plain", Section: "tc", Function: "second", Programs: []string{"second"},
				File: "./probes.c", Line: 39, Column: 2, Entry: 72, SectionIndex: 7}}},
	}
	for _, order := range []string{"el", "eb"} {
		f, err := Open("probes.o", fixture(t, order))
		if err != nil {
			t.Fatal(err)
		}
		probes, ds := f.Probes()
		if len(ds) > 0 {
			t.Errorf("%s: %v", order, ds)
		}
		ids := cmpopts.IgnoreFields(Arg{}, "TypeID") // as clang numbers them
		if diff := cmp.Diff(want, probes, ids, cmpopts.IgnoreFields(Probe{}, "ProtoID"), cmpopts.IgnoreUnexported(Probe{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", order, diff)
		}
		for i := range probes {
			p := &probes[i]
			if got := f.Types.Vlen(p.ProtoID); got != len(p.Args) {
				t.Errorf("%s: prototype #%d of '%s' has %d parameters", order, p.ProtoID, p.Name, got)
			}
			for _, a := range p.Args {
				if got := f.Types.C(a.TypeID); got != a.Type {
					t.Errorf("%s: type #%d is '%s', want '%s'", order, a.TypeID, got, a.Type)
				}
			}
		}
		if n := probes[0].Sites[0].Insn(); n != 3 {
			t.Errorf("%s: instruction %d", order, n)
		}
	}
}

// The entries of a probe may stand in any order; its sites are in the order of the code.
func TestSiteOrder(t *testing.T) {
	e := takeApart(t, fixture(t, "el"))
	e.addSite("plain.4", "xdp", 24)
	e.addSite("plain.3", "xdp", 0)
	e.addSite("plain.5", ".text", 8)
	f, err := e.open()
	if err != nil {
		t.Fatal(err)
	}
	type place struct {
		Section string
		Offset  uint64
	}
	var got []place
	probes, ds := f.Probes()
	for _, s := range probes[2].Sites {
		got = append(got, place{s.Section, s.Offset})
	}
	if diff := cmp.Diff([]place{{".text", 8}, {"xdp", 0}, {"xdp", 24}, {"tc", 0}}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// A loader puts a program's own code first, so that is where the first site is, not in .text.
	var first []string
	for _, d := range ds {
		first = append(first, d.ID+" "+d.Place.Binary())
	}
	if diff := cmp.Diff([]string{"probe-repeated xdp+0x0 (first)", "probe-repeated tc+0x0 (second)"}, first); diff != "" {
		t.Errorf("diagnostics (-want +got):\n%s", diff)
	}
}

// Agree compares the declarations of two objects; the fixtures of both orders say the same.
func TestAgree(t *testing.T) {
	scan := func(order string, fn func(e *edit)) (*File, *Scan) {
		e := takeApart(t, fixture(t, order))
		fn(e)
		f, err := e.open()
		if err != nil {
			t.Fatal(err)
		}
		return f, f.Scan()
	}
	a, sa := scan("el", func(*edit) {})
	b, sb := scan("eb", func(*edit) {})
	for _, d := range sa.Decls {
		if !Agree(a, &d, b, sb.Decl(d.Name)) {
			t.Errorf("probe '%s' disagrees", d.Name)
		}
	}
	if Agree(a, sa.Decl("pair"), a, sa.Decl("plain")) {
		t.Error("declarations with different counts agree")
	}
	if sa.Decl("nothing") != nil {
		t.Error("a declaration that there is not")
	}
	c, sc := scan("el", func(e *edit) { e.btf.find(btfgen.Int, "int")[2], e.btf.find(btfgen.Int, "int")[3] = 8, 1<<24|64 })
	if Agree(a, sa.Decl("pair"), c, sc.Decl("pair")) {
		t.Error("declarations with integers of different sizes agree")
	}
}

// What Open itself refuses.
func TestOpenErrors(t *testing.T) {
	tests := []struct {
		name string
		edit func(e *edit)
		want string
	}{
		{"no types", func(e *edit) { e.btf = nil; e.section(".BTF").Data = nil }, "bad .BTF.ext: there is no .BTF that it belongs to"},
		{"bad BTF", func(e *edit) { e.btf.find(btfgen.Struct, "message")[1] |= 0xffff }, "bad BTF: type #2 (struct) is truncated"},
		{"bad BTF.ext", func(e *edit) { e.section(".BTF.ext").Data[0] = 0 }, "bad .BTF.ext: bad magic 0xeb00"},
		{"two .BTF", func(e *edit) { e.Sections = append(e.Sections, *e.section(".BTF")) }, "there are two sections '.BTF'"},
		{"two .BTF.ext", func(e *edit) { e.Sections = append(e.Sections, *e.section(".BTF.ext")) }, "there are two sections '.BTF.ext'"},
	}
	for _, test := range tests {
		e := takeApart(t, fixture(t, "el"))
		test.edit(e)
		f, err := e.open()
		d, ok := err.(diag.Diagnostic)
		if f != nil || !ok || d.ID != "btf" || d.Place.Object != "probes.o" || !strings.HasPrefix(d.Place.Section, ".BTF") || d.Message != test.want {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	if _, err := Open("x.o", []byte("\x7fELF")); err == nil {
		t.Error("a truncated object is read")
	}
}

// An object without probes has none, and a notes section that takes no space in the file is none.
func TestNoProbes(t *testing.T) {
	for _, typ := range []uint32{object.SecProgbits, object.SecNobits} {
		im := object.Image{Order: binary.LittleEndian, Sections: []object.ImageSection{{Name: Section, Type: typ}}}
		if typ == object.SecNobits {
			im.Sections[0].Size = 16
		}
		data, err := im.Write()
		if err != nil {
			t.Fatal(err)
		}
		f, err := Open("x.o", data)
		if err != nil {
			t.Fatal(err)
		}
		if probes, ds := f.Probes(); len(probes)+len(ds) > 0 || f.Types != nil || f.Ext != nil {
			t.Errorf("section type %d: %v %v", typ, probes, ds)
		}
	}
}

func FuzzProbes(f *testing.F) {
	for _, order := range []string{"el", "eb"} {
		data := fixture(f, order)
		f.Add(data)
		for i := range faults {
			if i%4 == 0 { // each kind of fault; more would only slow the start
				e := takeApart(f, data)
				faults[i].edit(e)
				if e.btf != nil {
					e.section(".BTF").Data = e.btf.bytes()
				}
				spoiled, err := e.Write()
				if err != nil {
					f.Fatal(err)
				}
				f.Add(spoiled)
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := probesMutated(data); err != nil {
			t.Error(err)
		}
	})
}
