package linker

import (
	"bytes"
	"context"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bpfsdt/bpf-sdt-link/object"
	"github.com/bpfsdt/bpf-sdt-link/reloc"
)

// linkBytes links objects given as bytes.
func linkBytes(t *testing.T, objs ...[]byte) (*Result, error) {
	t.Helper()
	var in []Input
	for i, data := range objs {
		in = append(in, Input{Name: string(rune('a'+i)) + ".o", Data: data})
	}
	return Link(context.Background(), in, Options{Output: "out.o"})
}

// wantError holds that objects do not link, and why.
func wantError(t *testing.T, want string, objs ...*build) {
	t.Helper()
	if _, text := doLink(t, objs...); !strings.Contains(text, want) {
		t.Errorf("%q is missing in: %s", want, text)
	}
}

// wantLink holds that objects link, and returns the output.
func wantLink(t *testing.T, objs ...*build) *object.Object {
	t.Helper()
	out, text := doLink(t, objs...)
	if text != "" {
		t.Fatal(text)
	}
	return out
}

// simple is an object with a program.
func simple() *build { return newBuild().fn("xdp", "p", object.Global, 1) }

// TestInputRules shows what inputs may be. The numbers are those of the rules in rules_test.go.
func TestInputRules(t *testing.T) {
	t.Run("0.5 no inputs", func(t *testing.T) {
		if r, err := Link(context.Background(), nil, Options{}); r != nil || err == nil || !strings.Contains(err.Error(), "nothing to link") {
			t.Errorf("%v, %v", r, err)
		}
	})
	t.Run("1.3 an object that is refused does not decide the byte order", func(t *testing.T) {
		big, little := simple(), simple()
		big.image.Order = binary.BigEndian
		bad := big.bytes(t)
		binary.BigEndian.PutUint16(bad[18:], 62) // e_machine
		_, err := linkBytes(t, bad, little.bytes(t))
		if err == nil || strings.Contains(err.Error(), "endian") || !strings.Contains(err.Error(), "a.o: error: the object is for x86-64") {
			t.Error(err)
		}
		_, err = linkBytes(t, little.bytes(t), big.bytes(t))
		if err == nil || !strings.Contains(err.Error(), "b.o: error: the object is big-endian, the first input is little-endian") {
			t.Error(err)
		}
	})
	t.Run("1.5 flags and versions of the ELF header", func(t *testing.T) {
		plain, err := linkBytes(t, simple().bytes(t))
		if err != nil {
			t.Fatal(err)
		}
		odd := simple().bytes(t)
		odd[7], odd[8] = 3, 1                         // EI_OSABI, EI_ABIVERSION
		binary.LittleEndian.PutUint32(odd[20:], 7)    // e_version
		binary.LittleEndian.PutUint32(odd[48:], 0xff) // e_flags
		got, err := linkBytes(t, odd)
		if err != nil || !bytes.Equal(plain.Object, got.Object) {
			t.Error("they change the output:", err)
		}
	})
	t.Run("1.7 types of sections", func(t *testing.T) {
		for typ, fine := range map[uint32]bool{object.SecLLVMFirst + 3: true, object.SecNote: true, 14: false, object.SecGroup: false, 18: false, 0x7fffffff: false} {
			b := simple()
			b.image.Sections[b.section("odd")].Type = typ
			if _, text := doLink(t, b); (text == "") != fine || !fine && (!strings.Contains(text, "a.o: error: ") || !strings.Contains(text, "at odd")) {
				t.Errorf("type %#x: %s", typ, text)
			}
		}
	})
	t.Run("1.9 names and alignments", func(t *testing.T) {
		b := simple()
		b.section("")
		wantError(t, "a.o: error: section #", b)
		b = simple().data(".data", "d", object.Global, 1)
		b.image.Sections[b.sec[".data"]].Align = 1 << 16
		if s := sectionNamed(t, wantLink(t, b), ".data"); s.Align != 1<<16 {
			t.Errorf("alignment %#x", s.Align)
		}
	})
	t.Run("1.10 code of half an instruction", func(t *testing.T) {
		b := simple()
		s := &b.image.Sections[b.sec["xdp"]]
		s.Data = append(s.Data, 0, 0, 0, 0)
		wantError(t, "code section of 20 bytes, no multiple of 8", b)
	})
	t.Run("1.13 bits of st_other", func(t *testing.T) {
		b := newBuild().fn("xdp", "p", object.Global, 1).fn(".text", "f", object.Global, 1)
		b.image.Symbols[b.sym["p"]].Other = 0x60
		b.image.Symbols[b.sym["f"]].Other = object.VisHidden
		out := wantLink(t, b)
		if p, f := symbolNamed(out, "p"), symbolNamed(out, "f"); p.Other != 0x60 || f.Other != object.VisHidden {
			t.Errorf("p has %#x, f has %#x", p.Other, f.Other)
		}
	})
	t.Run("1.16 types of symbols", func(t *testing.T) {
		for _, typ := range []uint8{6, 10} { // TLS, GNU_IFUNC
			b := simple().data(".data", "d", object.Global, 1)
			b.image.Symbols[b.sym["d"]].Type = typ
			if s := symbolNamed(wantLink(t, b), "d"); s.Type != typ {
				t.Errorf("type %d became %d", typ, s.Type)
			}
		}
	})
	t.Run("1.21 relocations that no code has", func(t *testing.T) {
		for _, tc := range []struct {
			typ  uint32
			off  uint64
			want string
		}{
			{reloc.NoDyld32, 8, "unknown relocation type 4"},
			{reloc.None, 8, "unknown relocation type 0"},
			{77, 8, "unknown relocation type 77"},
			{reloc.LD64, 12, "no multiple of 8"},
			{reloc.LD64, 0, "at an instruction with opcode 0xb7"},
			{reloc.Call32, 24, "at an instruction with opcode 0x95"},
		} {
			b := newBuild().data(".data", "d", object.Global, 1).fn("xdp", "p", object.Global, 1, "load d")
			r := &b.image.Sections[b.sec["xdp"]].Relocs[0]
			r.Type, r.Offset = tc.typ, tc.off
			_, text := doLink(t, b)
			if !strings.Contains(text, tc.want) || !strings.Contains(text, "at xdp+0x") || !strings.Contains(text, "(p)") {
				t.Errorf("type %d at %d: %s", tc.typ, tc.off, text)
			}
		}
		b := newBuild().data(".bss", "z", object.Global).fn("xdp", "p", object.Global, 1)
		s := &b.image.Sections[b.sec[".bss"]]
		s.Size, s.Relocs = 8, []object.ImageReloc{{Offset: 0, Type: reloc.Abs64, Sym: b.sym["p"]}}
		wantError(t, "relocation of a section without contents", b)
	})
	t.Run("1.22 BTF that is none", func(t *testing.T) {
		b := simple()
		b.image.Sections[b.section(".BTF")].Type = object.SecNobits
		b.image.Sections[b.sec[".BTF"]].Size = 8
		b.data(".BTF.mine", "d", object.Global, 1, 2)
		out := wantLink(t, b)
		if got := sectionNamed(t, out, ".BTF.mine").Data; !bytes.Equal(got, []byte{1, 2}) {
			t.Errorf("% x", got)
		}
	})
	t.Run("1.28 BTF without records", func(t *testing.T) {
		b := newBuild().data(".data", "v", object.Global, 1, 2, 3, 4)
		b.btf("\x00v\x00.data\x00int\x00", 9, 1<<24, 4, 1<<24|32, 1, 14<<24, 1, 1, 3, 15<<24|1, 4, 2, 0, 4)
		r, err := linkBytes(t, b.bytes(t), simple().bytes(t))
		if err != nil {
			t.Fatal(err)
		}
		out, _ := object.Parse("out.o", r.Object)
		if s := sectionNamed(t, out, ".BTF"); s.Size == 0 || s.Align != 8 || s.Flags != 0 || s.Data[4] != 24 {
			t.Errorf(".BTF: %+v", s)
		}
	})
}

// names lists the sections of an output that are not tables of ELF.
func names(o *object.Object) (n []string) {
	for i := 1; i < len(o.Sections); i++ {
		if s := &o.Sections[i]; s.Type == object.SecProgbits || s.Type == object.SecNobits {
			n = append(n, s.Name)
		}
	}
	return n
}

// TestSectionRules shows which sections are linked, and how those of one name become one.
func TestSectionRules(t *testing.T) {
	t.Run("2.1 sections that are dropped", func(t *testing.T) {
		b := simple().data(".debug_mine", "d", object.Local, 1).data(".stack_sizes", "e", object.Local, 1)
		b.image.Sections[b.section(".text")].Data = nil
		b.image.Sections[b.section("strings")].Type = object.SecStrtab
		b.image.Sections[b.sec["strings"]].Data = []byte{0}
		b.image.Sections[b.section(".llvm_addrsig")].Type = object.SecLLVMFirst + 3
		b.image.Sections[b.section(".debug_str")].Flags = object.FlagMerge | object.FlagStrings | 0x800 // SHF_COMPRESSED
		out := wantLink(t, b)
		if d := cmp.Diff([]string{"xdp"}, names(out)); d != "" {
			t.Error(d)
		}
		if d := cmp.Diff([]string{"GLOBAL xdp+0 p"}, symbols(out)); d != "" {
			t.Error(d)
		}
	})
	t.Run("2.3 two sections of one name in an object", func(t *testing.T) {
		b := newBuild().data(".data", "first", object.Global, 1)
		delete(b.sec, ".data")
		b.data(".data", "second", object.Global, 2)
		out := wantLink(t, b, newBuild().data(".data", "third", object.Global, 3))
		if d := cmp.Diff([]string{"GLOBAL .data+0 first", "GLOBAL .data+16 third", "GLOBAL .data+8 second"}, symbols(out)); d != "" {
			t.Error(d)
		}
	})
	t.Run("2.5 the strictest alignment so far", func(t *testing.T) {
		obj := func(name string, align uint64) *build {
			b := newBuild().data(".data", name, object.Global, 1)
			b.image.Sections[0].Align = align
			return b
		}
		out := wantLink(t, obj("a", 1), obj("b", 64), obj("c", 1))
		if d := cmp.Diff([]string{"GLOBAL .data+0 a", "GLOBAL .data+128 c", "GLOBAL .data+64 b"}, symbols(out)); d != "" {
			t.Error(d)
		}
		if s := sectionNamed(t, out, ".data"); s.Align != 64 || s.Size != 129 {
			t.Errorf("%+v", s)
		}
	})
	t.Run("2.6 sections of size 0 and without contents", func(t *testing.T) {
		b := simple()
		b.section("empty")
		b.image.Sections[b.section(".bss")].Size = 8
		out := wantLink(t, b, zeros(".bss", 16))
		if s := sectionNamed(t, out, "empty"); s.Size != 0 {
			t.Errorf("%+v", s)
		}
		if s := sectionNamed(t, out, ".bss"); s.Type != object.SecNobits || s.Size != 24 {
			t.Errorf("%+v", s)
		}
	})
	t.Run("2.7 code is aligned to instructions", func(t *testing.T) {
		b := newBuild().data(".data", "d", object.Global, 1).fn("xdp", "p", object.Global, 1)
		b.image.Sections[b.sec["xdp"]].Align = 1
		if s := sectionNamed(t, wantLink(t, b), "xdp"); s.Align != 8 {
			t.Errorf("alignment %d", s.Align)
		}
	})
	t.Run("2.8 flags that name other sections", func(t *testing.T) {
		b := simple()
		b.image.Sections[b.sec["xdp"]].Flags |= object.FlagLinkOrder | object.FlagGroup
		if s := sectionNamed(t, wantLink(t, b), "xdp"); s.Flags != object.FlagAlloc|object.FlagExec || s.Link != 0 || s.Info != 0 {
			t.Errorf("%+v", s)
		}
	})
	t.Run("2.10 strings are not merged", func(t *testing.T) {
		obj := func(n string) *build {
			b := newBuild().data(".rodata.str1.1", "s"+n, object.Local, 'x', 0)
			s := &b.image.Sections[0]
			s.Align, s.Entsize, s.Flags = 1, 1, object.FlagAlloc|object.FlagMerge|object.FlagStrings
			return b.fn("xdp", "p"+n, object.Global, 0, "load .rodata.str1.1+0")
		}
		out := wantLink(t, obj("1"), obj("2"))
		s := sectionNamed(t, out, ".rodata.str1.1")
		if string(s.Data) != "x\x00x\x00" || s.Entsize != 1 || s.Flags != object.FlagAlloc|object.FlagMerge|object.FlagStrings {
			t.Errorf("%+v", s)
		}
		if d := cmp.Diff([]int32{0, 0, 0, 0, 0, 2, 0, 0}, imms(sectionNamed(t, out, "xdp"))); d != "" {
			t.Error(d)
		}
	})
	t.Run("2.16 sections that BTF cannot describe", func(t *testing.T) {
		obj := func(n string) *build {
			b := zeros(".bss", 3<<30)
			b.symbol("v"+n, object.Global, object.TypeObject, 0, 3<<30-4, 4)
			b.btf("\x00v"+n+"\x00.bss\x00int\x00", 9, 1<<24, 4, 1<<24|32, 1, 14<<24, 1, 1, 4, 15<<24|1, 0, 2, 0xbffffffc, 4)
			return b
		}
		wantError(t, ".bss", obj("1"), obj("2"))
		wantError(t, "less than 4 GiB", obj("1"), obj("2"))
	})
}

// zeros is an object with zeros.
func zeros(section string, size uint64) *build {
	b := newBuild()
	b.image.Sections[b.section(section)].Size = size
	return b
}
