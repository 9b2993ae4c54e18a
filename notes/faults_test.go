package notes

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bpfsdt/bpf-sdt-link/btfgen"
	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/object"
)

var update = flag.Bool("update", false, "rewrite the golden texts")

// faults spoils the fixture in one way each. The rendered diagnostics are in testdata/faults.<order>.txt.
var faults = []struct {
	name string
	edit func(e *edit)
	ids  []string // of the diagnostics, in order
}{
	{"nothing is wrong", func(*edit) {}, nil},

	// The site.
	{"the site is no NOP", func(e *edit) { e.section("xdp").Data[8] = 0xb7 }, []string{"probe-site"}},
	{"the site jumps", func(e *edit) { e.Order.PutUint16(e.section("xdp").Data[8+2:], 1) }, []string{"probe-site"}},
	{"offset is no multiple of 8", func(e *edit) { e.Order.PutUint64(e.entry("plain"), 4) }, []string{"probe-offset"}},
	{"offset is the section's end", func(e *edit) { e.Order.PutUint64(e.entry("pair"), 40) }, []string{"probe-offset"}},
	{"offset is huge", func(e *edit) { e.Order.PutUint64(e.entry("five"), 0xfffffffffffffff8) }, []string{"probe-offset"}},
	{"site in no function", func(e *edit) { e.symbol("second").Value, e.symbol("second").Size = 8, 32 }, []string{"probe-nofunc"}},
	{"site in no function and no NOP", func(e *edit) {
		e.symbol("second").Value, e.symbol("second").Size = 8, 32
		e.section("tc").Data[0] = 0x95
	}, []string{"probe-nofunc", "probe-site"}},

	// The entry.
	{"entry size is no multiple of 8", func(e *edit) { s := e.section(Section); s.Data = append(s.Data, 0, 0, 0, 0) }, []string{"probe-entry"}},
	{"room for 6 arguments", func(e *edit) {
		e.label("plain").Name = "elsewhere"
		e.section(Section).Relocs = e.section(Section).Relocs[:2]
	}, []string{"probe-entry", "probe-unused"}},
	{"label at the section's end", func(e *edit) {
		e.Symbols = append(e.Symbols, object.ImageSymbol{Name: LabelPrefix + "plain", Section: e.sectionIndex(Section), Value: 80})
	}, []string{"probe-entry"}},
	{"two labels at one place", func(e *edit) { e.label("plain").Value = e.label("five").Value }, []string{"probe-entry", "probe-entry"}},
	{"bytes before the first label", func(e *edit) {
		e.label("pair").Name = "elsewhere"
	}, []string{"probe-entry", "probe-unused"}},
	{"no labels", func(e *edit) {
		for _, p := range []string{"pair", "five", "plain"} {
			e.label(p).Name = "elsewhere"
		}
	}, []string{"probe-entry", "probe-unused", "probe-unused", "probe-unused"}},
	{"label without a name", func(e *edit) { e.label("plain").Name = LabelPrefix }, []string{"probe-entry", "probe-unused"}},
	{"label with a suffix only", func(e *edit) { e.label("plain").Name = LabelPrefix + ".3" }, []string{"probe-entry", "probe-unused"}},

	// The arguments.
	{"argument opcode", func(e *edit) { e.argument("pair", 1)[0] = 0xbc }, []string{"probe-args"}},
	{"argument destination", func(e *edit) {
		copy(e.argument("pair", 2)[1:2], e.argument("pair", 1)[1:2])
	}, []string{"probe-args"}},
	{"argument offset", func(e *edit) { e.Order.PutUint16(e.argument("five", 5)[2:], 8) }, []string{"probe-args"}},
	{"argument immediate", func(e *edit) { e.Order.PutUint32(e.argument("five", 4)[4:], 1) }, []string{"probe-args"}},
	{"r11", func(e *edit) { e.setRegister("five", 1, 11) }, []string{"probe-args"}},
	{"r15", func(e *edit) { e.setRegister("five", 2, 15) }, []string{"probe-args"}},
	{"r10 for an integer", func(e *edit) { e.setRegister("pair", 1, 10) }, []string{"probe-args"}},
	{"r10 for a pointer", func(e *edit) { e.setRegister("pair", 2, 10) }, nil},

	// The relocation.
	{"no relocation", func(e *edit) { e.section(Section).Relocs = nil }, []string{"probe-reloc", "probe-reloc", "probe-reloc"}},
	{"relocation not at the start", func(e *edit) { e.reloc("five").Offset += 8 }, []string{"probe-reloc"}},
	{"relocation type", func(e *edit) { e.reloc("pair").Type = 1 }, []string{"probe-reloc"}},
	{"unknown relocation type", func(e *edit) { e.reloc("pair").Type = 77 }, []string{"probe-reloc"}},
	{"second relocation", func(e *edit) {
		s := e.section(Section)
		s.Relocs = append(s.Relocs, object.ImageReloc{Offset: e.label("five").Value + 16, Type: 2, Sym: e.symbolIndex("first")})
	}, []string{"probe-reloc"}},
	{"second relocation at the start", func(e *edit) {
		s := e.section(Section)
		s.Relocs = append(s.Relocs, *e.reloc("plain"))
	}, []string{"probe-reloc"}},
	{"relocated against a function", func(e *edit) { e.reloc("pair").Sym = e.symbolIndex("first") }, []string{"probe-reloc"}},
	{"relocated against data", func(e *edit) { e.reloc("pair").Sym = e.sectionSymbol(".debug_bpf_sdt_types") }, []string{"probe-reloc"}},
	{"relocated against an extern", func(e *edit) {
		e.Symbols = append(e.Symbols, object.ImageSymbol{Name: "nowhere", Bind: object.Global, Section: object.SymUndef})
		e.reloc("pair").Sym = e.symbolIndex("nowhere")
	}, []string{"probe-reloc"}},

	// The declaration.
	{"no declaration", func(e *edit) { e.btf.rename(btfgen.DeclTag, "bpf_sdt:pair:2", "of something else") }, []string{"probe-undeclared"}},
	{"no declaration and no relocation", func(e *edit) {
		e.section(Section).Relocs = e.section(Section).Relocs[:2]
		e.btf.rename(btfgen.DeclTag, "bpf_sdt:plain:0", "")
	}, []string{"probe-reloc", "probe-undeclared"}},
	{"no declaration, no arguments", func(e *edit) { e.btf.rename(btfgen.DeclTag, "bpf_sdt:plain:0", "") }, []string{"probe-undeclared"}},
	{"no BTF", func(e *edit) {
		e.btf = nil
		e.section(".BTF").Data, e.section(".BTF.ext").Data = nil, nil
	}, []string{"no-btf", "probe-undeclared", "probe-undeclared", "probe-undeclared"}},
	{"tag and prototype differ", func(e *edit) { e.btf.rename(btfgen.DeclTag, "bpf_sdt:pair:2", "bpf_sdt:pair:1") },
		[]string{"probe-nargs", "probe-nargs"}},
	{"note and declaration differ", func(e *edit) {
		s := e.section(Section)
		s.Data = append(s.Data, make([]byte, 8)...)
		copy(s.Data[len(s.Data)-8:], e.argument("pair", 1))
	}, []string{"probe-nargs"}},
	{"tag without a count", func(e *edit) { e.btf.declare("more", "bpf_sdt:more") }, []string{"probe-decl"}},
	{"tag with a bad count", func(e *edit) { e.btf.declare("more", "bpf_sdt:more:x") }, []string{"probe-decl"}},
	{"tag with a signed count", func(e *edit) { e.btf.declare("more", "bpf_sdt:more:+0") }, []string{"probe-decl"}},
	{"tag with a negative count", func(e *edit) { e.btf.declare("more", "bpf_sdt:more:-1") }, []string{"probe-decl"}},
	{"tag with a zero before its count", func(e *edit) { e.btf.declare("more", "bpf_sdt:more:00") }, []string{"probe-decl"}},
	{"tag without a name", func(e *edit) { e.btf.declare("", "bpf_sdt::0") }, []string{"probe-decl"}},
	{"tag on a variable of another name", func(e *edit) { e.btf.declare("other", "bpf_sdt:more:0") }, []string{"probe-decl", "probe-unused"}},
	{"tag on a struct", func(e *edit) {
		e.btf.add(btfgen.DeclTag, "bpf_sdt:more:0", 0, e.btf.id(btfgen.Struct, "message"), 0xffffffff)
	}, []string{"probe-decl", "probe-unused"}},
	{"tag on a component", func(e *edit) { e.btf.find(btfgen.DeclTag, "bpf_sdt:pair:2")[3] = 1 }, []string{"probe-decl"}},
	{"variable is not static", func(e *edit) { e.btf.find(btfgen.Var, "__sdt_type_pair")[3] = btfgen.Global }, []string{"probe-decl"}},
	{"variable is no pointer", func(e *edit) {
		e.btf.find(btfgen.Var, "__sdt_type_pair")[2] = e.btf.id(btfgen.Int, "int")
	}, []string{"probe-decl"}},
	{"variable points to data", func(e *edit) {
		ptr := e.btf.add(btfgen.Ptr, "", 0, e.btf.id(btfgen.Struct, "message"))
		e.btf.find(btfgen.Var, "__sdt_type_pair")[2] = ptr
	}, []string{"probe-decl"}},
	{"six parameters", func(e *edit) {
		i := e.btf.id(btfgen.Int, "int")
		e.btf.declare("more", "bpf_sdt:more:6", i, i, i, i, i, i)
	}, []string{"probe-decl", "probe-unused"}},
	{"argument of 16 bytes, an integer", func(e *edit) {
		e.btf.declare("wide", "bpf_sdt:wide:1", e.btf.add(btfgen.Int, "__int128", 0, 16, 1<<24|128))
	}, []string{"probe-type", "probe-unused"}},
	{"argument of 16 bytes, a struct", func(e *edit) {
		e.btf.declare("wide", "bpf_sdt:wide:2", e.btf.id(btfgen.Int, "int"), e.btf.id(btfgen.Struct, "message"))
	}, []string{"probe-type", "probe-unused"}},
	{"argument of no size", func(e *edit) { e.btf.declare("wide", "bpf_sdt:wide:1", e.btf.id(btfgen.Fwd, "node")) },
		[]string{"probe-type", "probe-unused"}},
	{"variadic", func(e *edit) { e.btf.declare("wide", "bpf_sdt:wide:1", 0) }, []string{"probe-type", "probe-unused"}},
	{"declared twice alike", func(e *edit) { e.btf.declare("plain", "bpf_sdt:plain:0") }, nil},
	{"declared twice, a qualifier more", func(e *edit) {
		b := e.btf
		ptr := b.add(btfgen.Ptr, "", 0, b.id(btfgen.Struct, "message"))
		b.declare("pair", "bpf_sdt:pair:2", b.add(btfgen.Const, "", 0, b.id(btfgen.Int, "int")), ptr)
	}, nil},
	{"declared twice, counts differ", func(e *edit) { e.btf.declare("plain", "bpf_sdt:plain:1", e.btf.id(btfgen.Int, "int")) },
		[]string{"probe-conflict"}},
	{"declared twice, types differ", func(e *edit) {
		i := e.btf.id(btfgen.Int, "int")
		e.btf.declare("pair", "bpf_sdt:pair:2", i, i)
	}, []string{"probe-conflict"}},

	// What is odd, and no fault.
	{"declared and not used", func(e *edit) { e.btf.declare("more", "bpf_sdt:more:0") }, []string{"probe-unused"}},
	{"two sites in one program", func(e *edit) { e.addSite("plain.9", "tc", 8) }, []string{"probe-repeated"}},
	{"a site in a program and one in what it calls", func(e *edit) { e.addSite("plain.9", ".text", 0) }, []string{"probe-repeated"}},
	{"probe with the name of a function", func(e *edit) { e.symbol("sub").Name = "five" }, []string{"probe-funcname"}},

	// A run reports all.
	{"three faults", func(e *edit) {
		e.section("tc").Data[0] = 0x95
		e.setRegister("five", 3, 12)
		e.reloc("pair").Type = 3
	}, []string{"probe-reloc", "probe-args", "probe-site"}},
	{"three faults of one site", func(e *edit) {
		e.section("xdp").Data[8] = 0x95
		e.setRegister("pair", 1, 10)
		e.setRegister("pair", 2, 11)
	}, []string{"probe-site", "probe-args", "probe-args"}},
}

// warnings are the ids that do not keep an output from being made.
var warnings = map[string]bool{"probe-unused": true, "probe-repeated": true, "probe-funcname": true, "no-btf": true}

// withoutLines are the cases in which nothing can tell the function or source line of a site.
var withoutLines = map[string]bool{"no BTF": true, "site in no function and no NOP": true}

func TestFaults(t *testing.T) {
	for _, order := range []string{"el", "eb"} {
		t.Run(order, func(t *testing.T) {
			data := fixture(t, order)
			var text bytes.Buffer
			for _, f := range faults {
				t.Run(f.name, func(t *testing.T) {
					e := takeApart(t, data)
					f.edit(e)
					file, err := e.open()
					if err != nil {
						t.Fatal(err)
					}
					_, ds := file.Probes()
					var ids []string
					for i := range ds {
						ids = append(ids, ds[i].ID)
						checkPlaces(t, &ds[i], !withoutLines[f.name])
					}
					if diff := cmp.Diff(f.ids, ids); diff != "" {
						t.Errorf("diagnostics (-want +got):\n%s", diff)
					}
					fmt.Fprintf(&text, "== %s\n", f.name)
					if err := diag.Text(&text, ds, false); err != nil {
						t.Fatal(err)
					}
				})
			}
			golden(t, "faults."+order+".txt", text.Bytes())
		})
	}
}

// checkPlaces holds a diagnostic against what every one of its kind must say, whatever the text. lines tells whether
// source lines are known.
func checkPlaces(t *testing.T, d *diag.Diagnostic, lines bool) {
	t.Helper()
	if want := warnings[d.ID]; want != (d.Severity == diag.Warning) {
		t.Errorf("%s has severity %s", d.ID, d.Severity)
	}
	if d.Place.Object != "probes.o" {
		t.Errorf("%s is in object '%s'", d.ID, d.Place.Object)
	}
	place := d.Place
	switch d.ID {
	case "no-btf":
		return // it is of the whole object
	case "probe-decl", "probe-type", "probe-conflict", "probe-unused":
		if !strings.HasPrefix(place.Symbol, TypePrefix) && place.Symbol != "message" {
			t.Errorf("%s does not name its variable: %+v", d.ID, place)
		}
		return // BTF has no lines for variables
	case "probe-nargs":
		if place.Section == ".BTF" {
			return
		}
	case "probe-undeclared":
		if place.Section == Section {
			return // the entry tells no site
		}
	case "probe-args":
		place = d.Related[0].Place // the entry is no code; its site is
	case "probe-entry", "probe-reloc":
		// Without a good entry there is no site that a line could be of.
		if !place.HasOffset || place.Section != Section {
			t.Errorf("%s is not at its entry: %+v", d.ID, place)
		}
		return
	case "probe-offset", "probe-nofunc":
		if !place.HasOffset || len(d.Related) != 1 || !strings.HasPrefix(d.Related[0].Place.Symbol, LabelPrefix) {
			t.Errorf("%s does not tell site and entry: %+v", d.ID, d)
		}
		return
	}
	known := place.File != "" && place.Line > 0 && place.Column > 0 && place.Symbol != ""
	if !place.HasOffset || place.Section == "" || known != lines {
		t.Errorf("%s does not tell its place: %+v", d.ID, place)
	}
}

// golden compares text with a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got); -update rewrites it:\n%s", path, diff)
	}
}

// A big-endian instruction has its registers the other way around: what is read must be the same.
func TestRegisterOrder(t *testing.T) {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		name := map[binary.ByteOrder]string{binary.LittleEndian: "el", binary.BigEndian: "eb"}[order]
		e := takeApart(t, fixture(t, name))
		for i := 1; i <= 5; i++ {
			e.setRegister("five", i, byte(5+i-1))
		}
		f, err := e.open()
		if err != nil {
			t.Fatal(err)
		}
		probes, _ := f.Probes()
		if diff := cmp.Diff([]uint8{5, 6, 7, 8, 9}, probes[0].Sites[0].Regs); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
