package include

import (
	"bytes"
	"debug/elf"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cilium/ebpf/btf"
)

// site is one entry of .bpf_sdt_notes with what it points at.
type site struct {
	Probe   string // without the suffix of the label
	Section string // the code section that the relocation names
	NOP     string // the instruction there, in hex
	Args    int
}

// declaration is what BTF says of a probe.
type declaration struct {
	Chain string   // the kinds from the VAR down to the FUNC_PROTO
	Types []string // of the parameters
}

// object is a compiled source as the tests look at it.
type object struct {
	t        *testing.T
	file     *elf.File
	symbols  []elf.Symbol
	notes    []byte
	offsets  []uint64 // of the NOPs, beside sites
	regs     [][]int  // of the arguments, beside sites
	labels   []string // as they stand in the symbol table, beside sites
	sites    []site   // in the order of the notes
	declared map[string]declaration
	datasecs []string
}

// readObject reads what clang made. It fails the test on whatever breaks the format, and leaves to the
// caller what depends on the source.
func readObject(t *testing.T, data []byte) *object {
	t.Helper()
	file, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	o := &object{t: t, file: file, declared: map[string]declaration{}}
	if o.symbols, err = file.Symbols(); err != nil {
		t.Fatal(err)
	}
	o.readNotes()
	o.readBTF()
	return o
}

func (o *object) bytes(s *elf.Section) []byte {
	o.t.Helper()
	data, err := s.Data()
	if err != nil {
		o.t.Fatalf("section %s: %v", s.Name, err)
	}
	return data
}

// symbol returns the symbol at an index as relocations count it; debug/elf leaves out the null symbol.
func (o *object) symbol(index uint32) elf.Symbol {
	o.t.Helper()
	if index == 0 || int(index) > len(o.symbols) {
		o.t.Fatalf("symbol %d of %d", index, len(o.symbols))
	}
	return o.symbols[index-1]
}

func (o *object) readNotes() {
	o.t.Helper()
	index := slices.IndexFunc(o.file.Sections, func(s *elf.Section) bool { return s.Name == ".bpf_sdt_notes" })
	if index < 0 {
		return
	}
	section := o.file.Sections[index]
	if section.Type != elf.SHT_PROGBITS || section.Flags != 0 || section.Addralign != 1 {
		o.t.Errorf("%s: type %v, flags %v, align %d", section.Name, section.Type, section.Flags, section.Addralign)
	}
	o.notes = o.bytes(section)

	var labels []elf.Symbol
	for _, s := range o.symbols {
		if int(s.Section) != index || elf.ST_TYPE(s.Info) == elf.STT_SECTION {
			continue
		}
		if elf.ST_BIND(s.Info) != elf.STB_LOCAL || elf.ST_TYPE(s.Info) != elf.STT_NOTYPE || s.Size != 0 {
			o.t.Errorf("label %s: info %#x, size %d", s.Name, s.Info, s.Size)
		}
		labels = append(labels, s)
	}
	slices.SortFunc(labels, func(a, b elf.Symbol) int { return int(a.Value) - int(b.Value) })
	targets := o.noteTargets(index)
	if len(labels) == 0 || len(labels) != len(targets) {
		o.t.Fatalf("%d labels, %d relocations", len(labels), len(targets))
	}
	for i, label := range labels {
		end := uint64(len(o.notes))
		if i+1 < len(labels) {
			end = labels[i+1].Value
		}
		target, ok := targets[label.Value]
		if !ok {
			o.t.Fatalf("label %s: no relocation at %#x", label.Name, label.Value)
		}
		o.readNote(label, target, o.notes[label.Value:end])
	}
}

// noteTargets maps the offset of each relocation of the notes to the code section it is against.
func (o *object) noteTargets(notes int) map[uint64]*elf.Section {
	o.t.Helper()
	targets := map[uint64]*elf.Section{}
	for _, s := range o.file.Sections {
		if s.Type != elf.SHT_REL || int(s.Info) != notes {
			continue
		}
		for data := o.bytes(s); len(data) >= 16; data = data[16:] {
			info := o.file.ByteOrder.Uint64(data[8:])
			if kind := info & 0xffffffff; kind != 2 {
				o.t.Errorf("relocation type %d, want 2 (R_BPF_64_ABS64)", kind)
			}
			symbol := o.symbol(uint32(info >> 32))
			if elf.ST_TYPE(symbol.Info) != elf.STT_SECTION || symbol.Value != 0 {
				o.t.Fatalf("relocation against %q (info %#x), want a section symbol", symbol.Name, symbol.Info)
			}
			targets[o.file.ByteOrder.Uint64(data)] = o.file.Sections[symbol.Section]
		}
	}
	return targets
}

func (o *object) readNote(label elf.Symbol, code *elf.Section, note []byte) {
	o.t.Helper()
	if len(note) < 8 || len(note)%8 != 0 {
		o.t.Fatalf("label %s: a note of %d bytes", label.Name, len(note))
	}
	probe, ok := strings.CutPrefix(label.Name, "___sdt_jt_")
	if !ok {
		o.t.Fatalf("label %q", label.Name)
	}
	probe, _, _ = strings.Cut(probe, ".")
	if code.Flags&elf.SHF_EXECINSTR == 0 {
		o.t.Errorf("label %s: %s is not code", label.Name, code.Name)
	}
	offset := o.file.ByteOrder.Uint64(note)
	text := o.bytes(code)
	if offset%8 != 0 || offset+8 > uint64(len(text)) {
		o.t.Fatalf("label %s: NOP at %#x of %#x bytes", label.Name, offset, len(text))
	}
	regs := []int{}
	for i, move := range slices.Collect(slices.Chunk(note[8:], 8)) {
		dst, src := int(move[1]&15), int(move[1]>>4)
		if o.file.Data == elf.ELFDATA2MSB {
			dst, src = src, dst
		}
		want := []byte{0xbf, move[1], 0, 0, 0, 0, 0, 0}
		if !bytes.Equal(move, want) || dst != i+1 || src > 10 {
			o.t.Errorf("label %s: argument %d is %x", label.Name, i+1, move)
		}
		regs = append(regs, src)
	}
	o.sites = append(o.sites, site{probe, code.Name, hex.EncodeToString(text[offset : offset+8]), len(regs)})
	o.offsets = append(o.offsets, offset)
	o.regs = append(o.regs, regs)
	o.labels = append(o.labels, label.Name)
}

// names returns the names of all sections and symbols.
func (o *object) names() []string {
	var names []string
	for _, s := range o.file.Sections {
		names = append(names, s.Name)
	}
	for _, s := range o.symbols {
		names = append(names, s.Name)
	}
	return names
}

// constant returns what the instructions right before a site set a register to, all of which must set constants.
func (o *object) constant(index, reg int) uint64 {
	o.t.Helper()
	text := o.bytes(o.file.Section(o.sites[index].Section))
	order := o.file.ByteOrder
	for at := int(o.offsets[index]) - 8; at >= 0; at -= 8 {
		insn := text[at : at+8]
		var high uint64
		wide := insn[0] == 0 && at >= 8 // the second half of r = imm64
		if wide {
			high = uint64(order.Uint32(insn[4:])) << 32
			at -= 8
			insn = text[at : at+8]
		}
		dst := int(insn[1] & 15)
		if o.file.Data == elf.ELFDATA2MSB {
			dst = int(insn[1] >> 4)
		}
		if op := insn[0]; wide != (op == 0x18) || !wide && op != 0xb7 && op != 0xb4 {
			break
		}
		if dst == reg {
			return high | uint64(order.Uint32(insn[4:]))
		}
	}
	o.t.Fatalf("site %d, %s: no constant in r%d", index, o.sites[index].Probe, reg)
	return 0
}

func (o *object) readBTF() {
	o.t.Helper()
	section := o.file.Section(".BTF")
	if section == nil {
		return
	}
	spec, err := btf.LoadSpecFromReader(bytes.NewReader(o.bytes(section)))
	if err != nil {
		o.t.Fatalf(".BTF: %v", err)
	}
	for t, err := range spec.All() {
		if err != nil {
			o.t.Fatalf(".BTF: %v", err)
		}
		switch t := t.(type) {
		case *btf.Datasec:
			o.datasecs = append(o.datasecs, t.Name)
		case *btf.Var:
			if strings.HasPrefix(t.Name, "__sdt_type_") {
				o.readDeclaration(t)
			}
		}
	}
	slices.Sort(o.datasecs)
}

func (o *object) readDeclaration(v *btf.Var) {
	o.t.Helper()
	name := strings.TrimPrefix(v.Name, "__sdt_type_")
	if _, ok := o.declared[name]; ok {
		o.t.Errorf("two variables %s", v.Name)
	}
	d := declaration{Chain: "VAR " + v.Linkage.String()}
	t := v.Type
	for {
		switch x := t.(type) {
		case *btf.Const:
			d.Chain, t = d.Chain+" CONST", x.Type
			continue
		case *btf.Pointer:
			d.Chain, t = d.Chain+" PTR", x.Target
			continue
		case *btf.FuncProto:
			d.Chain += " FUNC_PROTO " + typeName(x.Return)
			for _, p := range x.Params {
				if p.Name != "" {
					o.t.Errorf("%s: a parameter named %q", v.Name, p.Name)
				}
				d.Types = append(d.Types, typeName(p.Type))
			}
		default:
			o.t.Errorf("%s: %v in the chain", v.Name, t)
		}
		break
	}
	want := []string{fmt.Sprintf("bpf_sdt:%s:%d", name, len(d.Types))}
	if !slices.Equal(v.Tags, want) {
		o.t.Errorf("%s: decl tags %q, want %q", v.Name, v.Tags, want)
	}
	o.declared[name] = d
}

// typeName writes a type about as C does.
func typeName(t btf.Type) string {
	switch t := t.(type) {
	case *btf.Void:
		return "void"
	case *btf.Pointer:
		return typeName(t.Target) + " *"
	case *btf.Const:
		return "const " + typeName(t.Type)
	case *btf.Volatile:
		return "volatile " + typeName(t.Type)
	case *btf.Struct:
		return "struct " + t.Name
	case *btf.Union:
		return "union " + t.Name
	case *btf.Fwd:
		return "struct " + t.Name
	case *btf.Enum:
		return "enum " + t.Name
	case *btf.FuncProto:
		params := make([]string, len(t.Params))
		for i, p := range t.Params {
			params[i] = typeName(p.Type)
		}
		return fmt.Sprintf("%s(%s)", typeName(t.Return), strings.Join(params, ", "))
	default:
		return t.TypeName()
	}
}
