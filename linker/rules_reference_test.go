package linker

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bpfsdt/bpf-sdt-link/btfgen"
	"github.com/bpfsdt/bpf-sdt-link/notes"
	"github.com/bpfsdt/bpf-sdt-link/object"
	"github.com/bpfsdt/bpf-sdt-link/reloc"
)

// knownReferences are the versions of bpftool that TestReference says the behaviour of; that of others is logged.
var knownReferences = []string{"v7.1.0"}

// TestReference links the same objects here and with bpftool, and looks at one thing in the outputs: the one that a
// rule or a bug is about.
func TestReference(t *testing.T) {
	version := referenceVersion()
	for _, tc := range []struct {
		rule   string
		inputs []Input
		look   func(*notes.File) string
		ours   string // what we see in our output, or a part of the error
		theirs string // a regular expression for what bpftool 7.1 makes; it may refuse, crash and hang, too
	}{
		{"2.4 flags of sections that differ", goldenInputs(t, "section_flags", "a", "b"), linked, "linked", `refused: .*flags mismatch`},
		{"4.5 pointers to statics", goldenInputs(t, "pointer_table", "a", "b"), linked, "linked", `refused: .*relocation against STT_SECTION`},
		{"B1 jump tables", jumpTableInputs(t), linked, "linked", `refused: .*failed to find BTF info .*'BPF\.JT`},
		{"B2 offset of an overridden variable", goldenInputs(t, "weak_data", "a", "b"), staleOffsets, "none", `level: symbol 0x10, DATASEC 0x4`},
		{"B2 offset of an extern map", goldenInputs(t, "extern_maps_only", "a", "b"), staleOffsets, "none", `counters: symbol 0x20, DATASEC 0x0`},
		{"B3 override from another section", goldenInputs(t, "weak_sections", "b", "a"), members, ".bss: in_bss 8; .data: level 4, pad_b 4", `refused: .*section mismatch`},
		{"B3 extern of the kernel and definition", goldenInputs(t, "kernel_symbol", "a", "b"), linked, "is taken from the kernel", `crashed`},
		{"B4 absolute symbol", absoluteInputs(t), symbolIn("limit"), "ABS 0x2a", `crashed`},
		{"B5 extern map beside maps", goldenInputs(t, "maps", "b"), symbolIn("counters"), "UND", `\.maps\+0x0`},
		{"B6 reference to a section that is dropped", goldenInputs(t, "dropped_symbol", "a"), linked, "and that is not linked", `unreadable: .*names symbol 0`},
		{"B6 reference to a second license", goldenInputs(t, "license", "a", "b"), linked, "linked", `unreadable: .*names symbol 0`},
		{"B7 tag on a variable that is dropped", goldenInputs(t, "dropped_tag", "a"), linked, "linked", `refused: .*failed to find new ID mapping`},
		{"B7 tag on a second license", goldenInputs(t, "license_tag", "a", "b"), linked, "linked", `refused: .*failed to find new ID mapping`},
		{"B8 weak, reference, strong", goldenInputs(t, "weak_orders", "a", "c", "b"), linked, "linked", `refused: .*conflicting non-weak symbol`},
		{"B9 kernel symbol without type, twice", goldenInputs(t, "externs", "a", "b"), linked, "linked", `refused: .*failed to resolve size of underlying type`},
		{"B10 words in code", wordInputs(t), words("xdp"), "0x10 0x0 0x0 0x28", `0x10 0x0 0x0 0x1800000010`},
		{"B11 relocation outside its section", outsideInputs(t), linked, "is outside its section", `crashed|linked`},
		{"B11 BTF in circles", circleInputs(t), linked, "contains itself", `hung|crashed`},
		{"B12 sections over 2 GiB", hugeInputs(t), sizeOf(".bss"), "0x180000000", `unreadable|0xffffffff80000000|0x80000000`},
		{"B13 global that was made local", localizedInputs(t), linked, "linked", `unreadable: .*void`},
		{"B14 size of a struct", goldenInputs(t, "struct_size", "a", "b"), linked, "struct state of 16 bytes", `linked`},
		{"B14 map_extra", goldenInputs(t, "map_conflict", "a", "b"), linked, "'map_extra'", `refused`},
		{"B15 extern that only dead code uses", deadExternInputs(t), symbolIn("only_dead"), "gone", `UND`},
		{"B16 symbol table", goldenInputs(t, "calls", "a", "b", "c"), symtabOrder, "locals, then globals", `sh_info 0`},
		{"B17 kernel function that another object defines", goldenInputs(t, "kernel_function", "a", "b"), members, "is taken from the kernel", `\.ksyms: bpf_count 0`},
		{"B18 arrays of other elements", goldenInputs(t, "array_elements", "a", "b"), countStructs("s"), "2", `2`}, // 7.8 has 1
	} {
		t.Run(tc.rule, func(t *testing.T) {
			if got := lookAtOurs(tc.inputs, tc.look); !strings.Contains(got, tc.ours) || tc.ours == "linked" && got != "linked" {
				t.Errorf("here: %s, want: %s", got, tc.ours)
			}
			if version == "" {
				t.Log("no bpftool to compare with")
				return
			}
			got := lookAtTheirs(t, tc.inputs, tc.look)
			t.Logf("bpftool %s: %s", version, got)
			if slices.Contains(knownReferences, version) && !regexp.MustCompile(tc.theirs).MatchString(got) {
				t.Errorf("bpftool %s: %s, want %s", version, got, tc.theirs)
			}
		})
	}
}

// referenceVersion returns the version of the bpftool that is installed, "" if there is none.
func referenceVersion() string {
	out, err := exec.Command("bpftool", "version").Output()
	if err != nil {
		return ""
	}
	return regexp.MustCompile(`v[0-9.]+`).FindString(string(out))
}

func lookAtOurs(inputs []Input, look func(*notes.File) string) string {
	r, err := Link(context.Background(), inputs, Options{})
	if err != nil {
		return err.Error()
	}
	return lookAt(r.Object, look)
}

func lookAt(data []byte, look func(*notes.File) string) string {
	f, err := notes.Open("out.o", data)
	if err != nil {
		return "unreadable: " + err.Error()
	}
	return look(f)
}

// lookAtTheirs links with bpftool, which may hang.
func lookAtTheirs(t *testing.T, inputs []Input, look func(*notes.File) string) string {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	dir := t.TempDir()
	out := filepath.Join(dir, "out.o")
	args := []string{"gen", "object", out}
	for _, in := range inputs {
		path := filepath.Join(dir, in.Name)
		if err := os.WriteFile(path, in.Data, 0o644); err != nil {
			t.Fatal(err)
		}
		args = append(args, path)
	}
	text, err := exec.CommandContext(ctx, "bpftool", args...).CombinedOutput()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return "hung"
	case errors.As(err, &exit) && exit.ExitCode() < 0:
		return "crashed: " + exit.String()
	case err != nil:
		return fmt.Sprintf("refused: %s (%v)", strings.TrimSpace(string(text)), err)
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return lookAt(data, look)
}

// What there is to be seen in an output.

func linked(*notes.File) string { return "linked" }

// symbolNamed returns a symbol that is not local, or nil.
func symbolNamed(o *object.Object, name string) *object.Symbol {
	for i := range o.Symbols {
		if s := &o.Symbols[i]; s.Name == name && s.Bind != object.Local {
			return s
		}
	}
	return nil
}

func symbolIn(name string) func(*notes.File) string {
	return func(f *notes.File) string {
		s := symbolNamed(f.Obj, name)
		switch {
		case s == nil:
			return "gone"
		case s.Section == object.Abs:
			return fmt.Sprintf("ABS %#x", s.Value)
		case !s.Defined():
			return "UND"
		}
		return fmt.Sprintf("%s+%#x", f.Obj.Sections[s.Section].Name, s.Value)
	}
}

func eachMember(f *notes.File, fn func(section string, e btfgen.Element)) {
	u := &unit{File: f}
	l := &link{}
	l.describe(u, nil)
	l.eachMember(u, fn)
}

// staleOffsets lists the members of DATASECs whose offset is not their symbol's.
func staleOffsets(f *notes.File) string {
	var stale []string
	eachMember(f, func(section string, e btfgen.Element) {
		name := f.Types.Name(e.Type)
		if s := symbolNamed(f.Obj, name); s != nil && s.Defined() && s.Value != uint64(e.Offset) {
			stale = append(stale, fmt.Sprintf("%s: symbol %#x, DATASEC %#x", name, s.Value, e.Offset))
		}
	})
	if stale == nil {
		return "none"
	}
	return strings.Join(stale, "; ")
}

// members lists the members of DATASECs with their sizes.
func members(f *notes.File) string {
	of := map[string][]string{}
	eachMember(f, func(section string, e btfgen.Element) {
		of[section] = append(of[section], fmt.Sprintf("%s %d", f.Types.Name(e.Type), e.Size))
	})
	var all []string
	for section, m := range of {
		slices.Sort(m)
		all = append(all, section+": "+strings.Join(m, ", "))
	}
	slices.Sort(all)
	return strings.Join(all, "; ")
}

// words shows the 64-bit words of a section.
func words(section string) func(*notes.File) string {
	return func(f *notes.File) string {
		var w []string
		for i := range f.Obj.Sections {
			if s := &f.Obj.Sections[i]; s.Name == section {
				for d := s.Data; len(d) >= 8; d = d[8:] {
					w = append(w, fmt.Sprintf("%#x", f.Obj.Order.Uint64(d)))
				}
			}
		}
		return strings.Join(w, " ")
	}
}

func sizeOf(section string) func(*notes.File) string {
	return func(f *notes.File) string {
		for i := range f.Obj.Sections {
			if s := &f.Obj.Sections[i]; s.Name == section {
				return fmt.Sprintf("%#x", s.Size)
			}
		}
		return "gone"
	}
}

func symtabOrder(f *notes.File) string {
	st := &f.Obj.Sections[f.Obj.Symtab]
	for i := range f.Obj.Symbols {
		if (f.Obj.Symbols[i].Bind == object.Local) != (i < int(st.Info)) {
			return fmt.Sprintf("sh_info %d, and symbol %d is on the wrong side", st.Info, i)
		}
	}
	return "locals, then globals"
}

func countStructs(name string) func(*notes.File) string {
	return func(f *notes.File) string {
		n := 0
		for id := uint32(1); id < f.Types.Len(); id++ {
			if f.Types.Kind(id) == btfgen.Struct && f.Types.Name(id) == name {
				n++
			}
		}
		return fmt.Sprint(n)
	}
}

// What there is to be linked.

// goldenInputs returns objects of a golden case.
func goldenInputs(t *testing.T, dir string, names ...string) []Input {
	return compiledBy(t, "clang19", dir, names...)
}

func compiledBy(t *testing.T, compiler, dir string, names ...string) (in []Input) {
	t.Helper()
	for _, n := range names {
		packed, err := os.ReadFile(filepath.Join("../golden/testdata", dir, n+"."+compiler+".el.o.zst"))
		if err != nil {
			t.Fatal(err)
		}
		data, err := object.Decompress(packed)
		if err != nil {
			t.Fatal(err)
		}
		in = append(in, Input{Name: n + ".o", Data: data})
	}
	return in
}

func jumpTableInputs(t *testing.T) []Input { return compiledBy(t, "clang22", "jump_table", "a", "b") }

// wordInputs are two objects with a word in a code section that refers to the section itself.
func wordInputs(t *testing.T) (in []Input) {
	for _, n := range []string{"a", "b"} {
		b := newBuild()
		s := &b.image.Sections[b.section("xdp")]
		s.Data = append(binary.LittleEndian.AppendUint64(nil, 0x10), make([]byte, 16)...)
		s.Relocs = []object.ImageReloc{{Offset: 0, Type: reloc.Abs64, Sym: b.sectionSymbol("xdp")}}
		in = append(in, Input{Name: n + ".o", Data: b.bytes(t)})
	}
	return in
}

// outsideInputs have a relocation far outside of its section.
func outsideInputs(t *testing.T) []Input {
	b := newBuild().fn("xdp", "p", object.Local, 0, "load .data+0").data(".data", "d", object.Local, 1)
	data := b.bytes(t)
	o, err := object.Parse("a.o", data)
	if err != nil {
		t.Fatal(err)
	}
	rel := o.Sections[sectionNamed(t, o, "xdp").RelSection]
	binary.LittleEndian.PutUint64(rel.Data, 1<<30)
	return []Input{{Name: "a.o", Data: data}}
}

// absoluteInputs are an extern and a number without a place that it stands for, which both have BTF.
func absoluteInputs(t *testing.T) []Input {
	extern := newBuild().fn("xdp", "p", object.Local, 1, "load limit")
	extern.btf("\x00limit\x00int\x00", 7, 1<<24, 4, 1<<24|32, 1, 14<<24, 1, 2)
	def := newBuild()
	def.symbol("limit", object.Global, object.TypeNone, object.SymAbs, 42, 0)
	def.btf("\x00limit\x00int\x00", 7, 1<<24, 4, 1<<24|32, 1, 14<<24, 1, 1)
	return []Input{{Name: "a.o", Data: extern.bytes(t)}, {Name: "b.o", Data: def.bytes(t)}}
}

// deadExternInputs are a weak function that uses an extern, and a strong one that overrides it.
func deadExternInputs(t *testing.T) []Input {
	weak := newBuild().fn(".text", "f", object.Weak, 1, "load only_dead").fn("xdp", "p", object.Local, 1, "call f")
	weak.btf("\x00f\x00only_dead\x00int\x00", 13, 1<<24, 4, 1<<24|32, 3, 14<<24, 1, 2, 0, 13<<24, 0, 1, 12<<24|1, 3)
	strong := newBuild().fn(".text", "f", object.Global, 2)
	strong.btf("\x00f\x00", 0, 13<<24, 0, 1, 12<<24|1, 1)
	return []Input{{Name: "a.o", Data: weak.bytes(t)}, {Name: "b.o", Data: strong.bytes(t)}}
}

// circleInputs declare a variable of a type that is const of itself.
func circleInputs(t *testing.T) (in []Input) {
	for _, n := range []string{"a", "b"} {
		b := newBuild().data(".data", "v", object.Weak, 1, 2, 3, 4)
		b.btf("\x00v\x00.data\x00",
			0, 10<<24, 1, // CONST of type 1
			1, 14<<24, 1, 1, // VAR v
			3, 15<<24|1, 4, 2, 0, 4) // DATASEC .data
		in = append(in, Input{Name: n + ".o", Data: b.bytes(t)})
	}
	return in
}

// btf adds a .BTF.
func (b *build) btf(strs string, types ...uint32) {
	data := []byte{0x9f, 0xeb, 1, 0}
	for _, w := range slices.Concat([]uint32{24, 0, uint32(4 * len(types)), uint32(4 * len(types)), uint32(len(strs))}, types) {
		data = binary.LittleEndian.AppendUint32(data, w)
	}
	i := b.section(".BTF")
	b.image.Sections[i].Flags, b.image.Sections[i].Data = 0, append(data, strs...)
}

// hugeInputs have 3 GiB of zeros each.
func hugeInputs(t *testing.T) (in []Input) {
	for _, n := range []string{"a", "b"} {
		b := newBuild()
		i := b.section(".bss")
		b.image.Sections[i].Size = 3 << 30
		b.symbol("v"+n, object.Local, object.TypeObject, i, 3<<30-8, 8)
		in = append(in, Input{Name: n + ".o", Data: b.bytes(t)})
	}
	return in
}

// localizedInputs are what llvm-objcopy --localize-symbol leaves: symbols that are local, with BTF that says global.
func localizedInputs(t *testing.T) []Input {
	in := goldenInputs(t, "hidden_extern", "a")
	localize(t, in[0].Data, "limit", "check")
	return in
}

// localize makes symbols of an object local, in its bytes.
func localize(t *testing.T, data []byte, names ...string) {
	t.Helper()
	o, err := object.Parse("x.o", data)
	if err != nil {
		t.Fatal(err)
	}
	symtab := o.Sections[o.Symtab].Data
	for _, name := range names {
		for i := range o.Symbols {
			if o.Symbols[i].Name == name {
				symtab[24*i+4] &= 15
			}
		}
	}
}
