package linker

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bpfsdt/bpf-sdt-link/btfgen"
	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/notes"
	"github.com/bpfsdt/bpf-sdt-link/object"
	"github.com/bpfsdt/bpf-sdt-link/reloc"
)

// open reads an output with its BTF.
func open(t *testing.T, in []Input) *notes.File {
	t.Helper()
	r, err := Link(t.Context(), in, Options{})
	if err != nil {
		t.Fatal(err)
	}
	f, err := notes.Open("out.o", r.Object)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestSymbolRules shows what becomes of symbols.
func TestSymbolRules(t *testing.T) {
	t.Run("3.1 names of source files", func(t *testing.T) {
		obj := func(n string) *build {
			b := newBuild()
			b.symbol(n+".c", object.Local, object.TypeFile, object.SymAbs, 0, 0)
			return b.fn("xdp", n, object.Global, 1)
		}
		out := wantLink(t, obj("a"), obj("b"))
		if d := cmp.Diff([]string{"GLOBAL xdp+0 a", "GLOBAL xdp+16 b", "LOCAL ABS 0 a.c", "LOCAL ABS 0 b.c"}, symbols(out)); d != "" {
			t.Error(d)
		}
	})
	t.Run("3.2 one symbol for a section", func(t *testing.T) {
		obj := func(n string) *build {
			return newBuild().data(".data", "d"+n, object.Local, 1).fn("xdp", n, object.Global, 1, "load .data+0")
		}
		out := wantLink(t, obj("a"), obj("b"))
		n := 0
		for i := range out.Symbols {
			if s := &out.Symbols[i]; s.Type == object.TypeSection {
				n++
				if s.Bind != object.Local || s.Value != 0 || out.Sections[s.Section].Name != ".data" {
					t.Errorf("%+v", s)
				}
			}
		}
		if n != 1 {
			t.Errorf("%d symbols of sections", n)
		}
	})
	t.Run("3.9d the most restrictive visibility", func(t *testing.T) {
		for _, tc := range []struct{ def, ref, want uint8 }{
			{object.VisDefault, object.VisHidden, object.VisHidden},
			{object.VisHidden, object.VisDefault, object.VisHidden},
			{object.VisProtected, object.VisHidden, object.VisHidden},
			{object.VisHidden, object.VisInternal, object.VisInternal},
			{object.VisDefault, object.VisProtected, object.VisProtected},
		} {
			def := newBuild().fn(".text", "f", object.Global, 1)
			def.image.Symbols[def.sym["f"]].Other = tc.def
			ref := newBuild().fn("xdp", "p", object.Global, 1, "call f")
			ref.image.Symbols[ref.sym["f"]].Other = tc.ref
			permute([]*build{def, ref}, func(objs []*build) {
				if got := symbolNamed(wantLink(t, objs...), "f").Visibility(); got != tc.want {
					t.Errorf("%d and %d: %d, want %d", tc.def, tc.ref, got, tc.want)
				}
			})
		}
	})
	t.Run("3.11 what is not resolved can be later", func(t *testing.T) {
		r, err := linkBytes(t, newBuild().fn("xdp", "p", object.Global, 1, "call f").bytes(t))
		if err != nil {
			t.Fatal(err)
		}
		if r, err = linkBytes(t, r.Object, newBuild().fn(".text", "f", object.Global, 2).bytes(t)); err != nil {
			t.Fatal(err)
		}
		out, _ := object.Parse("out.o", r.Object)
		if d := cmp.Diff([]string{"GLOBAL .text+0 f", "GLOBAL xdp+0 p"}, symbols(out)); d != "" {
			t.Error(d)
		}
	})
	t.Run("3.16 static is not shared", func(t *testing.T) {
		_, warnings, text := linkWith(t, Options{}, newBuild().fn("xdp", "p", object.Global, 1, "load v"), newBuild().data(".data", "v", object.Local, 1))
		if text != "" || !strings.Contains(warnings, "'v' is not defined") || !strings.Contains(warnings, "b.o: .data+0x0 (v): it is static here") {
			t.Error(text, warnings)
		}
	})
	t.Run("3.26 static maps", func(t *testing.T) {
		obj := func(n string) *build {
			return newBuild().data(".maps", "own", object.Local, 1, 2, 3, 4, 5, 6, 7, 8).fn("xdp", n, object.Global, 1, "load .maps+0")
		}
		out := wantLink(t, obj("a"), obj("b"))
		if d := cmp.Diff([]string{"GLOBAL xdp+0 a", "GLOBAL xdp+32 b", "LOCAL .maps+0 own", "LOCAL .maps+8 own.2"}, symbols(out)); d != "" {
			t.Error(d)
		}
	})
	t.Run("3.30 globals that were made local", func(t *testing.T) {
		f := open(t, localizedInputs(t))
		for id := uint32(1); id < f.Types.Len(); id++ {
			if k := f.Types.Kind(id); (k == btfgen.Var || k == btfgen.Func) && f.Types.Linkage(id) != btfgen.Static {
				t.Errorf("'%s' is not static", f.Types.Name(id))
			}
		}
		if got := members(f); got != ".data: limit 4" {
			t.Error(got)
		}
	})
}

// TestRelocationRules shows what becomes of relocations.
func TestRelocationRules(t *testing.T) {
	t.Run("4.1 sections of relocations", func(t *testing.T) {
		out := wantLink(t, newBuild().data(".data", "d", object.Local, 1).fn("xdp", "p", object.Global, 1, "load .data+0").fn("tc", "q", object.Global, 1, "load .data+0"))
		n := 0
		for i := range out.Sections {
			s := &out.Sections[i]
			if s.RelSection == 0 {
				continue
			}
			n++
			if r := &out.Sections[s.RelSection]; r.Name != ".rel"+s.Name || int(r.Info) != i || int(r.Link) != out.Symtab || r.Type != object.SecRel || r.Entsize != 16 {
				t.Errorf("%+v", r)
			}
		}
		if n != 2 {
			t.Errorf("%d sections with relocations", n)
		}
	})
	t.Run("4.2 order of relocations", func(t *testing.T) {
		b := newBuild().data(".data", "d", object.Global, 1).fn("xdp", "p", object.Global, 1, "load d", "load d", "load d")
		rels := b.image.Sections[b.sec["xdp"]].Relocs
		rels[0], rels[2] = rels[2], rels[0]
		out := wantLink(t, simple(), renamed(b, "p", "q"))
		var got []uint64
		for _, r := range sectionNamed(t, out, "xdp").Relocs {
			got = append(got, r.Offset)
		}
		if d := cmp.Diff([]uint64{16 + 40, 16 + 24, 16 + 8}, got); d != "" {
			t.Error(d)
		}
	})
	t.Run("4.4 words in code", func(t *testing.T) {
		obj := func(n string, typ uint32) *build {
			b := newBuild().fn("xdp", n, object.Global, 1)
			s := &b.image.Sections[b.sec["xdp"]]
			at := uint64(len(s.Data))
			s.Data = append(s.Data, 8, 0, 0, 0, 0, 0, 0, 0, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee)
			sym := b.sectionSymbol("xdp")
			s = &b.image.Sections[b.sec["xdp"]]
			s.Relocs = append(s.Relocs, object.ImageReloc{Offset: at, Type: typ, Sym: sym})
			return b
		}
		for _, typ := range []uint32{reloc.Abs64, reloc.Abs32} {
			out := wantLink(t, obj("a", typ), obj("b", typ))
			d := sectionNamed(t, out, "xdp").Data[32+16:]
			if w := binary.LittleEndian.Uint64(d); w != 32+8 || !bytes.Equal(d[8:16], bytes.Repeat([]byte{0xee}, 8)) {
				t.Errorf("%s: % x", reloc.Name(typ), d)
			}
		}
	})
	t.Run("4.7 any symbol that stays", func(t *testing.T) {
		b := newBuild()
		b.symbol("a.c", object.Local, object.TypeFile, object.SymAbs, 0, 0)
		b.fn("xdp", "p", object.Global, 1, "load a.c")
		out := wantLink(t, b)
		if r := sectionNamed(t, out, "xdp").Relocs; len(r) != 1 || out.SymbolLabel(r[0].Sym) != "a.c" {
			t.Errorf("%+v", r)
		}
	})
}

// renamed gives a symbol of an object another name.
func renamed(b *build, from, to string) *build {
	b.image.Symbols[b.sym[from]].Name = to
	return b
}

// TestTypeRules shows what becomes of BTF.
func TestTypeRules(t *testing.T) {
	t.Run("5.5 a variable without a symbol", func(t *testing.T) {
		b := newBuild().data(".data", "v", object.Global, 1, 2, 3, 4)
		b.btf("\x00w\x00.data\x00int\x00", 9, 1<<24, 4, 1<<24|32, 1, 14<<24, 1, 1, 3, 15<<24|1, 4, 2, 0, 4)
		f := open(t, []Input{{Name: "a.o", Data: b.bytes(t)}})
		if got := members(f); got != "" {
			t.Errorf("members: %s", got)
		}
	})
	t.Run("5.8 sizes of sections", func(t *testing.T) {
		f := open(t, goldenInputs(t, "externs", "a", "b"))
		size := map[string]uint32{}
		for id := uint32(1); id < f.Types.Len(); id++ {
			if f.Types.Kind(id) != btfgen.Datasec {
				continue
			}
			n, _ := f.Types.SizeOf(id)
			size[f.Types.Name(id)] = uint32(n)
			for i := range f.Types.Vlen(id) {
				if e := f.Types.Element(id, i); strings.HasPrefix(f.Types.Name(id), ".k") && e.Offset != 0 {
					t.Errorf("%s: %+v", f.Types.Name(id), e)
				}
			}
		}
		if size[".kconfig"] != 0 || size[".ksyms"] != 0 || len(size) < 2 {
			t.Errorf("%v", size)
		}
	})
	t.Run("5.10 no types, no BTF", func(t *testing.T) {
		for _, n := range names(wantLink(t, simple())) {
			if strings.HasPrefix(n, ".BTF") {
				t.Errorf("there is a section '%s'", n)
			}
		}
		f := open(t, goldenInputs(t, "calls", "a", "b", "c"))
		if d := sectionNamed(t, f.Obj, ".BTF").Data; d[4] != 24 {
			t.Errorf("a header of %d bytes", d[4])
		}
		if d := sectionNamed(t, f.Obj, ".BTF.ext").Data; d[4] != 32 {
			t.Errorf(".BTF.ext has a header of %d bytes", d[4])
		}
	})
	t.Run("5.11 members are sorted and do not overlap", func(t *testing.T) {
		for _, in := range [][]Input{goldenInputs(t, "data", "c", "b", "a"), goldenInputs(t, "weak_data", "b", "a")} {
			last := map[string]uint32{}
			eachMember(open(t, in), func(section string, e btfgen.Element) {
				if e.Offset < last[section] {
					t.Errorf("%s: a member at %d before %d", section, e.Offset, last[section])
				}
				last[section] = e.Offset + e.Size
			})
		}
	})
	t.Run("6.1 records of several sizes", func(t *testing.T) {
		obj := func(name string, size uint32) []byte {
			b := newBuild().fn("xdp", name, object.Global, 1)
			b.btf("\x00"+name+"\x00xdp\x00", 0, 13<<24, 0, 1, 12<<24|1, 1)
			b.funcInfo(3, size)
			return b.bytes(t)
		}
		f := open(t, []Input{{Name: "a.o", Data: obj("a", 8)}, {Name: "b.o", Data: obj("b", 12)}})
		got := map[uint32]string{}
		for _, s := range f.Ext.Records(btfgen.FuncInfo) {
			for i := range s.Len() {
				r := s.FuncInfo(i)
				got[r.Offset] = f.Types.Name(r.Type)
			}
		}
		if d := cmp.Diff(map[uint32]string{0: "a", 16: "b"}, got); d != "" {
			t.Error(d)
		}
	})
	t.Run("6.3 records of sections that are dropped", func(t *testing.T) {
		b := simple().fn(".text.debug", "gone", object.Local, 1)
		b.image.Sections[b.sec[".text.debug"]].Name = ".debug_text"
		b.btf("\x00gone\x00.debug_text\x00", 0, 13<<24, 0, 1, 12<<24, 1)
		b.funcInfo(6, 8)
		f := open(t, []Input{{Name: "a.o", Data: b.bytes(t)}})
		if n := len(f.Ext.Records(btfgen.FuncInfo)); n != 0 {
			t.Errorf("%d sections have records", n)
		}
	})
	t.Run("6.4 records of a section ascend", func(t *testing.T) {
		f := open(t, goldenInputs(t, "calls", "c", "b", "a"))
		for k := btfgen.FuncInfo; k <= btfgen.CoreRelo; k++ {
			seen := map[string]bool{}
			for _, s := range f.Ext.Records(k) {
				if seen[s.Name] {
					t.Errorf("two parts for '%s'", s.Name)
				}
				seen[s.Name] = true
				for i := 1; i < s.Len(); i++ {
					if s.Offset(i) <= s.Offset(i-1) {
						t.Errorf("%s: a record at %d behind one at %d", s.Name, s.Offset(i), s.Offset(i-1))
					}
				}
			}
		}
	})
	t.Run("6.5 one record for a function", func(t *testing.T) {
		f := open(t, goldenInputs(t, "weak_orders", "a", "b", "c", "d"))
		n := map[string]int{}
		for _, s := range f.Ext.Records(btfgen.FuncInfo) {
			for i := range s.Len() {
				n[f.Types.Name(s.FuncInfo(i).Type)]++
			}
		}
		if d := cmp.Diff(map[string]int{"f": 1, "prog": 1}, n); d != "" {
			t.Error(d)
		}
	})
}

// funcInfo adds a .BTF.ext with one function, of type 2 at offset 0 of a section.
func (b *build) funcInfo(section, size uint32) {
	end := 12 + size
	words := []uint32{32, 0, end, end, 0, end, 0, size, section, 1, 0, 2}
	words = append(words, make([]uint32, size/4-2)...)
	data := []byte{0x9f, 0xeb, 1, 0}
	for _, w := range words {
		data = binary.LittleEndian.AppendUint32(data, w)
	}
	i := b.section(".BTF.ext")
	b.image.Sections[i].Flags, b.image.Sections[i].Data = 0, data
}

// TestFileRules shows the frame of the output.
func TestFileRules(t *testing.T) {
	r, err := linkBytes(t, newBuild().fn(".text", "local", object.Local, 1).fn("xdp", "p", object.Global, 1, "call .text+0").bytes(t),
		newBuild().fn(".text", "other", object.Local, 1).fn("tc", "q", object.Global, 1, "call .text+0").bytes(t))
	if err != nil {
		t.Fatal(err)
	}
	out, err := object.Parse("out.o", r.Object)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("7.1 order of sections", func(t *testing.T) {
		if d := cmp.Diff([]string{".text", "xdp", "tc"}, names(out)); d != "" { // of first mention
			t.Error(d)
		}
	})
	t.Run("7.2 locals first", func(t *testing.T) {
		if got := symtabOrder(&notes.File{Obj: out}); got != "locals, then globals" {
			t.Error(got)
		}
	})
	t.Run("7.3 header", func(t *testing.T) {
		h := r.Object
		got := fmt.Sprint(h[4:9], binary.LittleEndian.Uint16(h[16:]), binary.LittleEndian.Uint16(h[18:]), binary.LittleEndian.Uint32(h[20:]),
			binary.LittleEndian.Uint32(h[48:]), binary.LittleEndian.Uint16(h[56:]))
		if want := fmt.Sprint([]byte{2, 1, 1, 0, 0}, 1, 247, 1, 0, 0); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	})
}

// The messages that bpftool gives without a name, or not at all, name all that a user needs.
func TestMessages(t *testing.T) {
	for _, tc := range []struct {
		name string
		objs []*build
		want []string
	}{
		{"section symbol with a value", []*build{func() *build {
			b := simple()
			b.sectionSymbol("xdp")
			b.image.Symbols[b.sym["section xdp"]].Value = 8
			return b
		}()}, []string{"a.o: error: symbol #", "a section symbol must be local and have value 0"}},
		{"BTF.ext without BTF", []*build{simple().data(".BTF.ext", "x", object.Local, 0x9f, 0xeb)}, []string{"a.o: error: bad .BTF.ext: there is no .BTF that it belongs to"}},
		{"bad BTF", []*build{simple().data(".BTF", "x", object.Local, 0x9f, 0xeb, 1)}, []string{"a.o: error: bad BTF: ", "at .BTF"}},
		{"relocation of half an instruction", []*build{func() *build {
			b := newBuild().data(".data", "d", object.Local, 1).fn("xdp", "p", object.Global, 1, "load .data+0")
			b.image.Sections[b.sec["xdp"]].Relocs[0].Offset = 12
			return b
		}()}, []string{"a.o: error: R_BPF_64_64 at an offset that is no multiple of 8", "xdp+0xc (p)"}},
		{"code and data", []*build{newBuild().fn("xdp", "p", object.Global, 1), newBuild().data("xdp", "d", object.Global, 1)}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.want == nil {
				tc.objs[1].image.Sections[0].Flags &^= object.FlagExec
				tc.want = []string{"b.o: error: section 'xdp' holds data here and code in another object", "at xdp", "a.o: xdp: the other"}
			}
			for _, want := range tc.want {
				wantError(t, want, tc.objs...)
			}
		})
	}
	t.Run("files that are no objects", func(t *testing.T) {
		for text, want := range map[string]string{
			"":                               "the file is empty",
			"!<arch>\n":                      "no object refers to a member of the archive",
			"BC\xc0\xde":                     "compile without -flto and -emit-llvm",
			"\x7fELF":                        "the ELF header is truncated",
			"int main(void) { return 0; }\n": "not an ELF file",
		} {
			_, err := linkBytes(t, append([]byte{}, text...))
			if f, ok := err.(*diag.Failure); !ok || !strings.Contains(f.Error(), "a.o: error: ") || !strings.Contains(f.Error(), want) {
				t.Errorf("%q: %v", text, err)
			}
		}
		for at, v := range map[int]uint16{16: 2, 18: 62} {
			data := simple().bytes(t)
			binary.LittleEndian.PutUint16(data[at:], v)
			want := map[int]string{16: "the file is an executable", 18: "not for BPF"}[at]
			if _, err := linkBytes(t, data); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, want %s", err, want)
			}
		}
		if _, err := Link(t.Context(), []Input{{Name: t.TempDir()}}, Options{}); err == nil || !strings.Contains(err.Error(), "is a directory") {
			t.Error(err)
		}
	})
}
