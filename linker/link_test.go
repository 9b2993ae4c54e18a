package linker

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/object"
	"github.com/bpfsdt/bpf-sdt-link/reloc"
)

// build makes a small object. The zero value, with functions added, has a .text; other sections
// are added by name.
type build struct {
	image object.Image
	sec   map[string]int
	sym   map[string]uint32
}

func newBuild() *build {
	return &build{image: object.Image{Order: binary.LittleEndian}, sec: map[string]int{}, sym: map[string]uint32{}}
}

// section returns a section, made on first use with its flags told by its name.
func (b *build) section(name string) int {
	if i, ok := b.sec[name]; ok {
		return i
	}
	s := object.ImageSection{Name: name, Type: object.SecProgbits, Flags: object.FlagAlloc, Align: 8}
	switch {
	case strings.HasPrefix(name, ".text"), name == "xdp", name == "tc":
		s.Flags |= object.FlagExec
	case strings.HasPrefix(name, ".data"):
		s.Flags |= object.FlagWrite
	case strings.HasPrefix(name, ".bss"):
		s.Flags |= object.FlagWrite
		s.Type = object.SecNobits
	}
	b.sec[name] = len(b.image.Sections)
	b.image.Sections = append(b.image.Sections, s)
	return b.sec[name]
}

func (b *build) symbol(name string, bind, typ uint8, section int, value, size uint64) uint32 {
	b.sym[name] = uint32(len(b.image.Symbols))
	b.image.Symbols = append(b.image.Symbols, object.ImageSymbol{Name: name, Bind: bind, Type: typ, Section: section, Value: value, Size: size})
	return b.sym[name]
}

// sectionSymbol returns the STT_SECTION symbol of a section.
func (b *build) sectionSymbol(name string) uint32 {
	key := "section " + name
	if i, ok := b.sym[key]; ok {
		return i
	}
	b.sym[key] = b.symbol("", object.Local, object.TypeSection, b.section(name), 0, 0)
	return b.sym[key]
}

// undef returns an undefined symbol.
func (b *build) undef(name string, bind uint8) uint32 {
	if i, ok := b.sym[name]; ok {
		return i
	}
	return b.symbol(name, bind, object.TypeNone, object.SymUndef, 0, 0)
}

// data adds bytes with a symbol.
func (b *build) data(section, name string, bind uint8, bytes ...byte) *build {
	i := b.section(section)
	s := &b.image.Sections[i]
	b.symbol(name, bind, object.TypeObject, i, uint64(len(s.Data)), uint64(len(bytes)))
	s.Data = append(s.Data, bytes...)
	return b
}

// fn adds a function: r0 = id, then one instruction for each of refs, then exit.
//
//	"call f"         a call by relocation against f
//	"call .text+8"   a call by relocation against a section symbol, to a byte offset
//	"near -2"        a call by distance in instructions, without relocation
//	"load v"         an ld_imm64 of v; "load .data+4" by section symbol
func (b *build) fn(section, name string, bind uint8, id int32, refs ...string) *build {
	i := b.section(section)
	s := &b.image.Sections[i]
	start := uint64(len(s.Data))
	emit := func(op, regs byte, imm int32) uint64 {
		at := len(s.Data)
		s.Data = append(s.Data, op, regs, 0, 0, 0, 0, 0, 0)
		binary.LittleEndian.PutUint32(s.Data[at+4:], uint32(imm))
		return uint64(at)
	}
	emit(0xb7, 0, id)
	for _, ref := range refs {
		verb, to, _ := strings.Cut(ref, " ")
		var off int32
		sym, at, bySection := strings.Cut(to, "+")
		if bySection {
			fmt.Sscan(at, &off)
		}
		target := func() uint32 {
			if bySection {
				return b.sectionSymbol(sym)
			}
			return b.undef(sym, object.Global)
		}
		switch verb {
		case "near":
			fmt.Sscan(to, &off)
			emit(0x85, 0x10, off)
		case "call":
			t := target()
			s = &b.image.Sections[i]
			s.Relocs = append(s.Relocs, object.ImageReloc{Offset: emit(0x85, 0x10, off/8-1), Type: reloc.Call32, Sym: t})
		case "load":
			t := target()
			s = &b.image.Sections[i]
			s.Relocs = append(s.Relocs, object.ImageReloc{Offset: emit(0x18, 0x01, off), Type: reloc.LD64, Sym: t})
			emit(0, 0, 0)
		}
	}
	emit(0x95, 0, 0)
	b.symbol(name, bind, object.TypeFunc, i, start, uint64(len(s.Data))-start)
	return b
}

// word adds a 64-bit word that refers to a section symbol plus an offset, to a data section.
func (b *build) word(section, name, to string, off uint64) *build {
	b.data(section, name, object.Local, binary.LittleEndian.AppendUint64(nil, off)...)
	t := b.sectionSymbol(to)
	s := &b.image.Sections[b.section(section)]
	s.Relocs = append(s.Relocs, object.ImageReloc{Offset: uint64(len(s.Data) - 8), Type: reloc.Abs64, Sym: t})
	return b
}

func (b *build) bytes(t *testing.T) []byte {
	t.Helper()
	data, err := b.image.Write()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// doLink links objects named a.o, b.o, ... and returns the output, or the errors as text.
func doLink(t *testing.T, objs ...*build) (*object.Object, string) {
	t.Helper()
	out, _, text := linkWith(t, Options{}, objs...)
	return out, text
}

// linkWith is doLink with options; it returns warnings as text, too, but those of objects without BTF.
func linkWith(t *testing.T, opts Options, objs ...*build) (out *object.Object, warnings, failure string) {
	t.Helper()
	var in []Input
	for i, o := range objs {
		in = append(in, Input{Name: string(rune('a'+i)) + ".o", Data: o.bytes(t)})
	}
	opts.Output = "out.o"
	r, err := Link(context.Background(), in, opts)
	var f *diag.Failure
	if errors.As(err, &f) {
		if r != nil {
			t.Error("a result and an error")
		}
		return nil, "", f.Error()
	}
	if err != nil {
		t.Fatal(err)
	}
	if out, err = object.Parse("out.o", r.Object); err != nil {
		t.Fatal(err)
	}
	for _, d := range r.Diagnostics {
		if d.ID != "no-btf" {
			warnings += d.Error() + "\n"
		}
	}
	return out, warnings, ""
}

// symbols prints the named symbols of an object, sorted: "GLOBAL .text+8 f".
func symbols(o *object.Object) []string {
	var lines []string
	for i := range o.Symbols {
		s := &o.Symbols[i]
		if s.Name == "" {
			continue
		}
		where := "UND"
		if s.Defined() {
			where = fmt.Sprintf("%s+%d", o.Sections[s.Section].Name, s.Value)
		} else if s.Section == object.Abs {
			where = fmt.Sprintf("ABS %d", s.Value)
		}
		lines = append(lines, fmt.Sprintf("%s %s %s", [...]string{"LOCAL", "GLOBAL", "WEAK"}[s.Bind], where, s.Name))
	}
	slices.Sort(lines)
	return lines
}

func sectionNamed(t *testing.T, o *object.Object, name string) *object.Section {
	t.Helper()
	for i := range o.Sections {
		if o.Sections[i].Name == name {
			return &o.Sections[i]
		}
	}
	t.Fatalf("no section %s", name)
	return nil
}

// imms returns the immediates of a code section, an instruction each.
func imms(s *object.Section) (v []int32) {
	for off := 0; off < len(s.Data); off += 8 {
		v = append(v, int32(binary.LittleEndian.Uint32(s.Data[off+4:])))
	}
	return v
}

// permute calls fn with every order of objs.
func permute(objs []*build, fn func([]*build)) {
	var rec func(k int)
	rec = func(k int) {
		if k == len(objs) {
			fn(slices.Clone(objs))
			return
		}
		for i := k; i < len(objs); i++ {
			objs[k], objs[i] = objs[i], objs[k]
			rec(k + 1)
			objs[k], objs[i] = objs[i], objs[k]
		}
	}
	rec(0)
}

// The definition that wins, its binding, and what is left of the others, in every order of the
// objects (rules 3.9 and 3.10).
func TestResolution(t *testing.T) {
	strong := func() *build { return newBuild().fn(".text", "f", object.Global, 1) }
	weak := func() *build { return newBuild().fn(".text", "f", object.Weak, 2) }
	user := func(bind uint8) *build {
		b := newBuild()
		b.undef("f", bind)
		return b.fn("xdp", fmt.Sprintf("user%d", bind), object.Global, 0, "call f")
	}
	for _, tc := range []struct {
		name string
		objs []*build
		want []string // symbols; nil: an error
	}{
		{"strong over weak", []*build{strong(), weak(), user(object.Global)}, []string{"GLOBAL .text+0 f", "GLOBAL xdp+0 user1"}},
		{"strong over two weak", []*build{weak(), strong(), weak(), user(object.Global)}, []string{"GLOBAL .text+0 f", "GLOBAL xdp+0 user1"}},
		{"a reference does not make a weak definition strong", []*build{weak(), user(object.Global)}, []string{"GLOBAL xdp+0 user1", "WEAK .text+0 f"}},
		{"unresolved, strong and weak", []*build{user(object.Global), user(object.Weak)}, []string{"GLOBAL UND f", "GLOBAL xdp+0 user1", "GLOBAL xdp+16+8 user2"}},
		{"unresolved, weak only", []*build{user(object.Weak)}, []string{"GLOBAL xdp+0 user2", "WEAK UND f"}},
		{"two strong", []*build{strong(), strong(), weak()}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			permute(tc.objs, func(objs []*build) {
				out, text := doLink(t, objs...)
				if tc.want == nil {
					if !strings.Contains(text, "'f' is defined in two objects") {
						t.Errorf("diagnostics: %s", text)
					}
					return
				}
				if text != "" {
					t.Fatal(text)
				}
				got := symbols(out)
				if tc.name == "unresolved, strong and weak" { // the users' places follow the order
					got = got[:1]
					tc.want = tc.want[:1]
				}
				if d := cmp.Diff(tc.want, got); d != "" {
					t.Error(d)
				}
			})
		})
	}
}

// The body of an overridden weak function goes, and everything behind it moves: calls by distance,
// by section symbol and by symbol still reach the same function (bugs B1 and B15, rule 3.12).
func TestDeadBody(t *testing.T) {
	a := newBuild().
		fn(".text", "first", object.Local, 11).
		fn(".text", "f", object.Weak, 12, "call only_f").
		fn(".text", "last", object.Local, 13, "near -7"). // calls first, over the body of f
		fn("xdp", "prog", object.Global, 0, "call f", "call .text+40", "load .text+40")
	b := newBuild().fn(".text", "f", object.Global, 21)
	out, text := doLink(t, a, b)
	if text != "" {
		t.Fatal(text)
	}
	want := []string{"GLOBAL .text+40 f", "GLOBAL xdp+0 prog", "LOCAL .text+0 first", "LOCAL .text+16 last"}
	if d := cmp.Diff(want, symbols(out)); d != "" {
		t.Error("the extern that only the dead body used must be gone, too:", d)
	}
	if d := cmp.Diff([]int32{11, 0, 13, -4, 0, 21, 0}, imms(sectionNamed(t, out, ".text"))); d != "" {
		t.Error(".text:", d)
	}
	if d := cmp.Diff([]int32{0, -1, 1, 16, 0, 0}, imms(sectionNamed(t, out, "xdp"))); d != "" {
		t.Error("xdp:", d)
	}
}

// A reference into a body that goes, past the symbol, is an error that names both places.
func TestReferenceIntoDeadBody(t *testing.T) {
	strong := newBuild().fn(".text", "f", object.Global, 1)
	for _, ref := range []string{"near -3", "call .text+0", "load .text+8"} {
		a := newBuild().fn(".text", "f", object.Weak, 2).fn(".text", "g", object.Global, 3, ref)
		_, text := doLink(t, a, strong)
		if !strings.Contains(text, "another object overrides") || !strings.Contains(text, ".text+0x18 (g)") {
			t.Errorf("%s: %s", ref, text)
		}
	}
}

// An alias keeps the body that it shares with an overridden weak function.
func TestAliasKeepsBody(t *testing.T) {
	a := newBuild().fn(".text", "f", object.Weak, 2)
	a.symbol("alias", object.Global, object.TypeFunc, a.section(".text"), 0, 16)
	out, text := doLink(t, a, newBuild().fn(".text", "f", object.Global, 1))
	if text != "" {
		t.Fatal(text)
	}
	if d := cmp.Diff([]string{"GLOBAL .text+0 alias", "GLOBAL .text+16 f"}, symbols(out)); d != "" {
		t.Error(d)
	}
}

// Sections of one name are joined with their alignment, and every kind of addend follows (2.5, 4.4,
// and 4.5, which the reference linker refuses).
func TestAddends(t *testing.T) {
	obj := func(id int32) *build {
		b := newBuild().data(".data", fmt.Sprintf("pad%d", id), object.Local, 1, 2, 3, 4, 5).data(".rodata", fmt.Sprintf("r%d", id), object.Local, 7)
		b.fn(".text", fmt.Sprintf("f%d", id), object.Local, id)
		b.fn("xdp", fmt.Sprintf("p%d", id), object.Global, id, "call .text+0", "load .data+4", "load .text+0")
		return b.word("ptrs", fmt.Sprintf("w%d", id), ".data", 4).word("ptrs", fmt.Sprintf("x%d", id), ".text", 8)
	}
	out, text := doLink(t, obj(1), obj(2))
	if text != "" {
		t.Fatal(text)
	}
	if d := cmp.Diff([]int32{1, -1, 4, 0, 0, 0, 0, 2, 1, 12, 0, 16, 0, 0}, imms(sectionNamed(t, out, "xdp"))); d != "" {
		t.Error("xdp:", d)
	}
	words := []byte{}
	for _, w := range []uint64{4, 8, 12, 24} {
		words = binary.LittleEndian.AppendUint64(words, w)
	}
	ptrs := sectionNamed(t, out, "ptrs")
	if !bytes.Equal(words, ptrs.Data) {
		t.Errorf("ptrs: % x", ptrs.Data)
	}
	var kept []string
	for _, r := range ptrs.Relocs {
		kept = append(kept, fmt.Sprintf("%d %s %s", r.Offset, reloc.Name(r.Type), out.SymbolLabel(r.Sym)))
	}
	if d := cmp.Diff([]string{"0 R_BPF_64_ABS64 .data", "8 R_BPF_64_ABS64 .text", "16 R_BPF_64_ABS64 .data", "24 R_BPF_64_ABS64 .text"}, kept); d != "" {
		t.Error("relocations:", d)
	}
	if got := sectionNamed(t, out, ".data"); got.Size != 13 || got.Data[8] != 1 {
		t.Errorf(".data: % x", got.Data)
	}
}

// A negative offset from a section symbol, as of the address of an array's element -1, stays one.
func TestNegativeAddend(t *testing.T) {
	obj := func(n string) *build {
		return newBuild().data(".data", "d"+n, object.Local, 1, 2, 3, 4, 5, 6, 7, 8).fn("xdp", "p"+n, object.Global, 0, "load .data+-8")
	}
	out, text := doLink(t, obj("1"), obj("2"))
	if text != "" {
		t.Fatal(text)
	}
	if d := cmp.Diff([]int32{0, -8, 0, 0, 0, 0, 0, 0}, imms(sectionNamed(t, out, "xdp"))); d != "" {
		t.Error(d)
	}
}

// The tables of switches move with the code that uses them (rule 2.11, bug B1).
func TestJumpTables(t *testing.T) {
	obj := func(n string, start uint64) *build {
		b := newBuild()
		var table []byte
		for _, e := range []uint64{start + 8, start + 24} {
			table = binary.LittleEndian.AppendUint64(table, e)
		}
		if start > 0 {
			b.fn(".text", "before"+n, object.Global, 0)
		}
		b.data(jumpTables, "BPF.JT.0.0", object.Global, table...)
		return b.fn(".text", "f"+n, object.Global, 0, "load BPF.JT.0.0")
	}
	out, text := doLink(t, obj("1", 0), obj("2", 16))
	if text != "" {
		t.Fatal(text)
	}
	var got []uint64
	for d := sectionNamed(t, out, jumpTables).Data; len(d) > 0; d = d[8:] {
		got = append(got, binary.LittleEndian.Uint64(d))
	}
	if d := cmp.Diff([]uint64{8, 24, 32 + 16 + 8, 32 + 16 + 24}, got); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"GLOBAL .text+0 f1", "GLOBAL .text+32 before2", "GLOBAL .text+48 f2", "LOCAL .jumptables+0 BPF.JT.0.0", "LOCAL .jumptables+16 BPF.JT.0.0"}, symbols(out)); d != "" {
		t.Error(d)
	}
	bad := obj("1", 16)
	binary.LittleEndian.PutUint64(bad.image.Sections[bad.sec[jumpTables]].Data, 8)
	if _, text := doLink(t, bad); !strings.Contains(text, "entry 0 of the jump table is 0x8, which is not in the function that uses it") {
		t.Error(text)
	}
}

// The license is there once (rule 2.9), whatever its variable is called; references follow.
func TestLicense(t *testing.T) {
	obj := func(name, license string, user string) *build {
		b := newBuild().data("license", name, object.Global, append([]byte(license), 0)...)
		b.image.Sections[b.sec["license"]].Flags |= uint64(len(name)%2) * object.FlagWrite // const in one, not in the other
		return b.fn("xdp", user, object.Global, 0, "load "+name)
	}
	out, text := doLink(t, obj("LICENSE", "GPL", "p1"), obj("LICENSE", "GPL", "p2"), obj("_license", "GPL", "p3"))
	if text != "" {
		t.Fatal(text)
	}
	if got := sectionNamed(t, out, "license"); string(got.Data) != "GPL\x00" {
		t.Errorf("license: %q", got.Data)
	}
	if d := cmp.Diff([]string{"GLOBAL license+0 LICENSE", "GLOBAL license+0 _license", "GLOBAL xdp+0 p1", "GLOBAL xdp+32 p2", "GLOBAL xdp+64 p3"}, symbols(out)); d != "" {
		t.Error(d)
	}
	_, text = doLink(t, obj("LICENSE", "GPL", "p1"), obj("LICENSE", "MIT", "p2"))
	if !strings.Contains(text, "'MIT'") || !strings.Contains(text, "'GPL'") || !strings.HasPrefix(text, "b.o: error:") {
		t.Error(text)
	}
}

// Headers of sections of one name merge where they can (rule 2.4).
func TestSectionHeaders(t *testing.T) {
	zero := newBuild()
	i := zero.section(".bss")
	zero.image.Sections[i].Size = 8
	zero.symbol("z", object.Global, object.TypeObject, i, 0, 8)
	bytes := newBuild().data(".bss", "b", object.Global, 5)
	bytes.image.Sections[0].Type = object.SecProgbits
	bytes.image.Sections[0].Flags |= object.FlagRetain
	out, text := doLink(t, zero, bytes)
	if text != "" {
		t.Fatal(text)
	}
	if s := sectionNamed(t, out, ".bss"); s.Type != object.SecProgbits || s.Size != 9 || s.Data[8] != 5 || s.Flags&object.FlagRetain == 0 {
		t.Errorf("%+v", s)
	}
	code, data := newBuild().fn("x", "f", object.Global, 1), newBuild().data("x", "d", object.Global, 1)
	code.image.Sections[0].Flags |= object.FlagExec
	if _, text := doLink(t, code, data); !strings.Contains(text, "section 'x' holds data here and code in another object") {
		t.Error(text)
	}
}

// A relocation against something that is not linked is an error, never symbol 0 (bug B6).
func TestRelocationAgainstDebug(t *testing.T) {
	b := newBuild().data(".debug_foo", "gone", object.Global, 1).fn("xdp", "p", object.Global, 0, "load gone")
	_, text := doLink(t, b)
	for _, want := range []string{"a.o: error: relocation against 'gone', which is in section '.debug_foo' and that is not linked", "xdp+0x8 (p)"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in: %s", want, text)
		}
	}
}

// A reference to code outside of its section is an error; to data it can be right (see TestNegativeAddend).
func TestAddendOutsideCode(t *testing.T) {
	for _, ref := range []string{"load .text+-8", "load .text+16", "call .text+-8", "call .text+16"} {
		_, text := doLink(t, newBuild().fn(".text", "f", object.Global, 1).fn("xdp", "p", object.Global, 0, ref))
		if !strings.Contains(text, "which is outside of the section") || !strings.Contains(text, "xdp+0x8 (p)") {
			t.Errorf("%s: %s", ref, text)
		}
	}
}

// All faults of a link are reported in one run, those of one input do not hide another's.
func TestAllFaults(t *testing.T) {
	dup := func() *build {
		return newBuild().fn(".text", "f", object.Global, 1).fn(".text", "g", object.Global, 1)
	}
	_, text := doLink(t, dup(), dup())
	if !strings.Contains(text, "'f' is defined") || !strings.Contains(text, "'g' is defined") {
		t.Error(text)
	}
	big := newBuild().fn(".text", "h", object.Global, 1)
	big.image.Order = binary.BigEndian
	in := []Input{{Name: "a.o", Data: dup().bytes(t)}, {Name: "b.o", Data: big.bytes(t)}, {Name: "c.o", Data: []byte("junk")}, {Name: "d.o", Data: []byte{}}}
	_, err := Link(context.Background(), in, Options{})
	for _, want := range []string{"b.o: error: the object is big-endian, the first input is little-endian", "c.o: error: not an ELF file", "d.o: error: the file is empty"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in: %v", want, err)
		}
	}
}

// The same inputs give the same bytes, and linking a result again changes nothing.
func TestDeterminism(t *testing.T) {
	objs := func() []*build {
		return []*build{
			newBuild().fn(".text", "f", object.Weak, 1).fn(".text", "s", object.Local, 2).fn("xdp", "p", object.Global, 3, "call f", "call .text+16"),
			newBuild().fn(".text", "f", object.Global, 4, "call ext").data(".data", "d", object.Global, 1, 2),
		}
	}
	var in []Input
	for i, o := range objs() {
		in = append(in, Input{Name: fmt.Sprint(i), Data: o.bytes(t)})
	}
	first, err := Link(context.Background(), in, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for range 50 {
		if r, err := Link(context.Background(), in, Options{}); err != nil || !bytes.Equal(r.Object, first.Object) {
			t.Fatal("another result", err)
		}
	}
	again, err := Link(context.Background(), []Input{{Name: "x", Data: first.Object}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again.Object, first.Object) {
		t.Error("linking the output again changes it")
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if r, err := Link(ctx, []Input{{Name: "a.o", Data: newBuild().fn("xdp", "p", object.Global, 0).bytes(t)}}, Options{}); r != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("%v, %v", r, err)
	}
}

// Local functions and variables of one name get names of their own; globals and programs never do.
func TestRenameLocals(t *testing.T) {
	obj := func(n string) *build {
		return newBuild().fn(".text", "help", object.Local, 1).fn("xdp", "prog"+n, object.Global, 0, "call .text+0").
			data(".data", "state", object.Local, 1).data(".rodata", "state", object.Local, 1)
	}
	out, text := doLink(t, obj("1"), obj("2"), newBuild().fn(".text", "help.2", object.Global, 1).data(".data", "state", object.Global, 1))
	if text != "" {
		t.Fatal(text)
	}
	want := []string{"GLOBAL .data+16 state", "GLOBAL .text+32 help.2", "GLOBAL xdp+0 prog1", "GLOBAL xdp+24 prog2",
		"LOCAL .data+0 state.2", "LOCAL .data+8 state.3", "LOCAL .rodata+0 state", "LOCAL .rodata+8 state.4", "LOCAL .text+0 help", "LOCAL .text+16 help.3"}
	if d := cmp.Diff(want, symbols(out)); d != "" {
		t.Error(d)
	}
}

// Common symbols get a place in .bss: the largest of a name wins, and any definition wins over them.
func TestCommon(t *testing.T) {
	common := func(name string, size uint64) *build {
		b := newBuild().fn("xdp", "p_"+name+string(rune('0'+size/8)), object.Global, 0, "load "+name)
		b.image.Symbols[b.sym[name]].Section = object.SymCommon
		b.image.Symbols[b.sym[name]].Type = object.TypeObject
		b.image.Symbols[b.sym[name]].Value, b.image.Symbols[b.sym[name]].Size = 8, size
		return b
	}
	objs := []*build{common("x", 8), common("x", 16), common("y", 8), newBuild().data(".data", "y", object.Global, 1)}
	permute(objs, func(objs []*build) {
		out, text := doLink(t, objs...)
		if text != "" {
			t.Fatal(text)
		}
		for i := range out.Symbols {
			s := &out.Symbols[i]
			if s.Name == "x" && (out.Sections[s.Section].Name != ".bss" || s.Size != 16 || s.Value%8 != 0) || s.Name == "y" && out.Sections[s.Section].Name != ".data" {
				t.Errorf("%+v", s)
			}
		}
	})
}

// Sections and offsets over 2 GiB do not wrap (bug B12).
func TestLargeSections(t *testing.T) {
	obj := func(n string) *build {
		b := newBuild()
		i := b.section(".bss")
		b.image.Sections[i].Size = 3 << 30
		b.symbol("v"+n, object.Global, object.TypeObject, i, 3<<30-8, 8)
		return b
	}
	out, text := doLink(t, obj("1"), obj("2"))
	if text != "" {
		t.Fatal(text)
	}
	if got := sectionNamed(t, out, ".bss").Size; got != 6<<30 {
		t.Errorf("size %#x", got)
	}
	if d := cmp.Diff([]string{"GLOBAL .bss+3221225464 v1", "GLOBAL .bss+6442450936 v2"}, symbols(out)); d != "" {
		t.Error(d)
	}
}
