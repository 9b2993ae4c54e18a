package object

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var orders = []struct {
	name  string
	order binary.ByteOrder
}{{"little", binary.LittleEndian}, {"big", binary.BigEndian}}

// Indexes of the sections of sample's object, which follow the null section, .strtab and .symtab.
const (
	secText = FirstSection + iota
	secData
	secBss
	secDebug
	secRelText
	secRelData
)

// sample is an image with something of everything that an object can hold. Its symbols are not in ELF's order.
func sample(order binary.ByteOrder) *Image {
	return &Image{
		Order: order,
		Sections: []ImageSection{
			{Name: ".text", Type: SecProgbits, Flags: FlagAlloc | FlagExec, Align: 8, Data: bytes.Repeat([]byte{0x95, 0, 0, 0, 0, 0, 0, 0}, 4),
				Relocs: []ImageReloc{{Offset: 8, Type: 10, Sym: 1}, {Offset: 24, Type: 10, Sym: 4}}},
			{Name: ".data", Type: SecProgbits, Flags: FlagAlloc | FlagWrite, Align: 16, Data: []byte("0123456789"),
				Relocs: []ImageReloc{{Offset: 0, Type: 2, Sym: 2}}},
			{Name: ".bss", Type: SecNobits, Flags: FlagAlloc | FlagWrite, Align: 1 << 20, Size: 1 << 32},
			{Name: ".debug_str", Type: SecProgbits, Flags: FlagMerge | FlagStrings, Align: 1, Entsize: 1, Data: []byte("x\x00")},
		},
		Symbols: []ImageSymbol{
			{Name: "global", Bind: Global, Type: TypeFunc, Section: 0, Value: 8, Size: 24},
			{Name: "", Bind: Local, Type: TypeSection, Section: 0},
			{Name: "local", Bind: Local, Type: TypeObject, Other: VisHidden, Section: 2, Value: 1<<32 - 8, Size: 8},
			{Name: "extern", Bind: Weak, Section: SymUndef},
			{Name: "other", Bind: Global, Section: SymUndef},
			{Name: "abs", Bind: Local, Section: SymAbs, Value: 1 << 63, Size: 7},
			{Name: "common", Bind: Global, Type: TypeObject, Section: SymCommon, Value: 8, Size: 4},
			{Name: "local", Bind: Local, Section: 1, Value: 10}, // at the end of its section; two locals may share a name
		},
	}
}

func mustWrite(t testing.TB, im *Image) []byte {
	t.Helper()
	data, err := im.Write()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// What is written is read as it was, with the locals first.
func TestRoundTrip(t *testing.T) {
	for _, o := range orders {
		t.Run(o.name, func(t *testing.T) {
			im := sample(o.order)
			data := mustWrite(t, im)
			got, err := Parse("sample.o", data)
			if err != nil {
				t.Fatal(err)
			}
			want := &Object{Name: "sample.o", Order: o.order, Symtab: 2, Symbols: []Symbol{
				{},
				{Type: TypeSection, Section: secText},
				{Name: "local", Type: TypeObject, Other: VisHidden, Section: secBss, Value: 1<<32 - 8, Size: 8},
				{Name: "abs", Section: Abs, Value: 1 << 63, Size: 7},
				{Name: "local", Section: secData, Value: 10},
				{Name: "global", Bind: Global, Type: TypeFunc, Section: secText, Value: 8, Size: 24},
				{Name: "extern", Bind: Weak},
				{Name: "other", Bind: Global},
				{Name: "common", Bind: Global, Type: TypeObject, Section: Common, Value: 8, Size: 4},
			}}
			if diff := cmp.Diff(want.Symbols, got.Symbols); diff != "" {
				t.Errorf("symbols (-want +got):\n%s", diff)
			}
			if got.Name != want.Name || got.Order != want.Order || got.Symtab != want.Symtab {
				t.Errorf("got %s, %v, symbol table %d", got.Name, got.Order, got.Symtab)
			}
			wantSections := []Section{
				{Name: ".text", Type: SecProgbits, Flags: FlagAlloc | FlagExec, Size: 32, Data: im.Sections[0].Data, Align: 8,
					Relocs: []Reloc{{8, 10, 1}, {24, 10, 7}}, RelSection: secRelText},
				{Name: ".data", Type: SecProgbits, Flags: FlagAlloc | FlagWrite, Size: 10, Data: im.Sections[1].Data, Align: 16,
					Relocs: []Reloc{{0, 2, 2}}, RelSection: secRelData},
				{Name: ".bss", Type: SecNobits, Flags: FlagAlloc | FlagWrite, Size: 1 << 32, Align: 1 << 20},
				{Name: ".debug_str", Type: SecProgbits, Flags: FlagMerge | FlagStrings, Size: 2, Data: im.Sections[3].Data, Align: 1, Entsize: 1},
			}
			if diff := cmp.Diff(wantSections, got.Sections[secText:secRelText], cmpopts.IgnoreFields(Section{}, "Offset")); diff != "" {
				t.Errorf("sections (-want +got):\n%s", diff)
			}
			st := &got.Sections[got.Symtab]
			if st.Name != ".symtab" || st.Info != 5 { // the first global
				t.Errorf("%s has sh_info %d", st.Name, st.Info)
			}
			for i := range got.Symbols {
				if (got.Symbols[i].Bind == Local) != (i < int(st.Info)) {
					t.Errorf("symbol #%d (%s) is on the wrong side of sh_info", i, got.Symbols[i].Name)
				}
			}
			if again := mustWrite(t, im); !bytes.Equal(data, again) {
				t.Error("a second Write gives other bytes")
			}
		})
	}
}

// debug/elf reads what Write makes in the same way: a reader that is not ours.
func TestIndependentReader(t *testing.T) {
	for _, o := range orders {
		im := sample(o.order)
		f, err := elf.NewFile(bytes.NewReader(mustWrite(t, im)))
		if err != nil {
			t.Fatal(err)
		}
		if f.Class != elf.ELFCLASS64 || f.Type != elf.ET_REL || f.Machine != elf.EM_BPF || f.ByteOrder != o.order {
			t.Errorf("%s: header %+v", o.name, f.FileHeader)
		}
		for i := range im.Sections {
			want, s := &im.Sections[i], f.Sections[FirstSection+i]
			if s.Name != want.Name || uint64(s.Flags) != want.Flags || s.Addralign != want.Align {
				t.Errorf("%s: section %+v, want %+v", o.name, s.SectionHeader, want)
			}
			if s.Type == elf.SHT_NOBITS {
				continue
			}
			if s.Offset%want.Align != 0 {
				t.Errorf("%s: section %s is at %#x of the file", o.name, s.Name, s.Offset)
			}
			if data, err := s.Data(); err != nil || !bytes.Equal(data, want.Data) {
				t.Errorf("%s: section %s holds %q (%v)", o.name, s.Name, data, err)
			}
		}
		if s := f.Sections[secRelData]; s.Name != ".rel.data" || s.Link != 2 || s.Info != secData || s.Flags != elf.SHF_INFO_LINK {
			t.Errorf("%s: relocations %+v", o.name, s.SectionHeader)
		}
		syms, err := f.Symbols()
		if err != nil || len(syms) != len(im.Symbols) || syms[4].Name != "global" || syms[4].Size != 24 {
			t.Errorf("%s: symbols %+v (%v)", o.name, syms, err)
		}
	}
}

func TestWriteLimits(t *testing.T) {
	im := &Image{Order: binary.LittleEndian, Sections: make([]ImageSection, LoReserve-FirstSection)}
	if _, err := im.Write(); err == nil {
		t.Error("more sections than ELF has indexes for are written")
	}
	im.Sections = im.Sections[1:]
	for i := range im.Sections {
		im.Sections[i] = ImageSection{Name: "s", Type: SecProgbits}
	}
	o, err := Parse("x.o", mustWrite(t, im))
	if err != nil || len(o.Sections) != LoReserve-1 {
		t.Errorf("the most sections: %v", err)
	}
}

func TestPredicates(t *testing.T) {
	o := &Object{
		Sections: []Section{{}, {Name: "xdp", Type: SecProgbits, Flags: FlagAlloc | FlagExec}},
		Symbols: []Symbol{{}, {Type: TypeSection, Section: 1}, {Name: "f", Other: VisHidden | 0x80, Section: 1}, {Name: "u"},
			{Name: "a", Section: Abs}, {Name: "c", Section: Common}, {Name: "named", Type: TypeSection, Section: 1}, {Type: TypeSection, Section: Abs}},
	}
	for i, want := range []string{"", "xdp", "f", "u", "a", "c", "named", ""} {
		if got := o.SymbolLabel(uint32(i)); got != want {
			t.Errorf("label of symbol %d is '%s', want '%s'", i, got, want)
		}
	}
	for i, want := range []bool{false, true, true, false, false, false, true, false} {
		if o.Symbols[i].Defined() != want {
			t.Errorf("symbol %d: defined is %t", i, !want)
		}
	}
	if v := o.Symbols[2].Visibility(); v != VisHidden {
		t.Errorf("visibility %d", v)
	}
	for _, test := range []struct {
		s             Section
		exec, carried bool
	}{
		{Section{Name: "xdp", Type: SecProgbits, Flags: FlagExec, Size: 8}, true, true},
		{Section{Name: "xdp", Type: SecNobits, Flags: FlagExec}, false, true},
		{Section{Name: ".text", Type: SecProgbits, Flags: FlagExec}, true, false}, // clang always makes one
		{Section{Name: ".text", Type: SecProgbits, Flags: FlagExec, Size: 8}, true, true},
		{Section{Name: ".data", Type: SecProgbits}, false, true},
		{Section{Name: ".bpf_sdt_notes", Type: SecProgbits}, false, true},
		{Section{Name: ".debug_bpf_sdt_types", Type: SecProgbits, Flags: FlagAlloc}, false, false},
		{Section{Name: ".BTF", Type: SecProgbits}, false, false},
		{Section{Name: ".BTF.ext", Type: SecProgbits}, false, false},
		{Section{Name: ".BTF_ids", Type: SecProgbits}, false, true},
		{Section{Name: ".stack_sizes", Type: SecProgbits}, false, false},
		{Section{Name: ".symtab", Type: SecSymtab}, false, false},
		{Section{Name: ".llvm_addrsig", Type: SecLLVMFirst + 3}, false, false},
	} {
		if test.s.Exec() != test.exec || Carried(&test.s) != test.carried {
			t.Errorf("%+v: exec %t, carried %t", test.s, test.s.Exec(), Carried(&test.s))
		}
	}
}
