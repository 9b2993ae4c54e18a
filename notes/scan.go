package notes

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"github.com/bpfsdt/bpf-sdt-link/btfgen"
	"github.com/bpfsdt/bpf-sdt-link/code"
	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/object"
	"github.com/bpfsdt/bpf-sdt-link/reloc"
)

const (
	wordSize = 8        // bytes; the NOP's offset, and each argument's instruction
	opMov64  = 0xbf     // BPF_ALU64 | BPF_MOV | BPF_X
	frameReg = 10       // r10, the frame pointer
	lastHome = frameReg // no register is over it
)

// Entry is one record of .bpf_sdt_notes.
type Entry struct {
	Probe   string
	Notes   int    // section index of the notes
	Offset  uint64 // of the entry in its section, in bytes
	Size    uint64 // bytes
	Label   uint32 // symbol index of its label
	Code    int    // section index of the code, 0 if the entry is faulty
	Nop     uint64 // of the NOP in Code, in bytes
	Func    int    // index in Scan.Graph.Funcs, -1 if there is none
	Regs    []uint8
	Section uint32 // symbol index of the code section's symbol
}

// Args is the number of arguments that the size of an entry tells; -1 for an empty entry.
func (e *Entry) Args() int { return int(e.Size/wordSize) - 1 }

// Scan is what one object says about probes, with the faults that can be seen without other objects.
type Scan struct {
	Decls   []Decl
	Entries []Entry
	Faults  []diag.Diagnostic
	Graph   *code.Graph // nil if there are no notes

	file   *File
	byName map[string]int                  // name -> index in Decls
	tagged map[uint32]bool                 // VARs with the tag of a declaration
	relocs map[int]map[uint64]object.Reloc // by section and offset; see relocAt
	// programs are for each function of Graph the programs that it is part of; see siteAt.
	programs [][]int32
}

// Scan reads the declarations and notes of an object.
func (f *File) Scan() *Scan {
	s := &Scan{file: f, byName: map[string]int{}, tagged: map[uint32]bool{}}
	s.decls()
	for i := range f.Obj.Sections {
		if sec := &f.Obj.Sections[i]; sec.Name == Section && sec.Type == object.SecProgbits && sec.Size > 0 {
			if s.Graph == nil {
				s.Graph = code.Functions(f.Obj)
			}
			s.notes(i)
		}
	}
	return s
}

// Decl returns the declaration of a probe, or nil.
func (s *Scan) Decl(name string) *Decl {
	if i, ok := s.byName[name]; ok {
		return &s.Decls[i]
	}
	return nil
}

// Declares reports whether a VAR declares a probe, first or once more: its name alone does not.
func (s *Scan) Declares(id uint32) bool { return s.tagged[id] }

func (s *Scan) faultf(id string, at diag.Place, format string, args ...any) {
	s.Faults = append(s.Faults, diag.Errorf(id, at, format, args...))
}

// probeName cuts a label down to its probe: a C identifier has no dot.
func probeName(label string) string {
	name, _, _ := strings.Cut(label[len(LabelPrefix):], ".")
	return name
}

// notes reads one section of notes.
func (s *Scan) notes(si int) {
	o := s.file.Obj
	sec := &o.Sections[si]
	at := func(off uint64) diag.Place { return diag.Place{Object: o.Name}.At(sec.Name, off) }
	var entries []Entry
	for i := range o.Symbols {
		y := &o.Symbols[i]
		if y.Section == uint32(si) && strings.HasPrefix(y.Name, LabelPrefix) {
			entries = append(entries, Entry{Probe: probeName(y.Name), Notes: si, Offset: y.Value, Label: uint32(i), Func: -1})
		}
	}
	slices.SortStableFunc(entries, func(a, b Entry) int { return cmp.Compare(a.Offset, b.Offset) })
	if len(entries) == 0 || entries[0].Offset > 0 {
		end := sec.Size
		if len(entries) > 0 {
			end = entries[0].Offset
		}
		s.faultf("probe-entry", at(0), "%d bytes of notes are in no entry: no label '%s<name>' at their start", end, LabelPrefix)
	}
	rels := slices.Clone(sec.Relocs)
	rels = slices.DeleteFunc(rels, func(r object.Reloc) bool { return len(entries) == 0 || r.Offset < entries[0].Offset })
	slices.SortStableFunc(rels, func(a, b object.Reloc) int { return cmp.Compare(a.Offset, b.Offset) })
	for i := range entries {
		end := sec.Size
		if i+1 < len(entries) {
			end = entries[i+1].Offset
		}
		e := &entries[i]
		e.Size = end - e.Offset
		n := 0
		for n < len(rels) && rels[n].Offset < end {
			n++
		}
		s.entry(e, rels[:n], at(e.Offset).In(o.Symbols[e.Label].Name))
		rels = rels[n:]
	}
	s.Entries = append(s.Entries, entries...)
}

// entry reads one entry and checks all that is in it.
func (s *Scan) entry(e *Entry, rels []object.Reloc, at diag.Place) {
	o := s.file.Obj
	data := o.Sections[e.Notes].Data[e.Offset : e.Offset+e.Size]
	switch {
	case e.Probe == "":
		s.faultf("probe-entry", at, "the label names no probe")
		return
	case e.Size == 0 && e.Offset == o.Sections[e.Notes].Size:
		s.faultf("probe-entry", at, "entry of probe '%s' is empty: the section ends at its label", e.Probe)
		return
	case e.Size == 0:
		s.faultf("probe-entry", at, "entry of probe '%s' is empty: another label stands at the same place", e.Probe)
		return
	case e.Size%wordSize != 0:
		s.faultf("probe-entry", at, "entry of probe '%s' has %d bytes, no multiple of %d", e.Probe, e.Size, wordSize)
		return
	case e.Size > (1+MaxArgs)*wordSize:
		s.faultf("probe-entry", at, "entry of probe '%s' has %d bytes, room for %d arguments; %d are the most", e.Probe, e.Size, e.Args(), MaxArgs)
		return
	}
	if !s.owner(e, rels, at) {
		return
	}
	e.Nop = o.Order.Uint64(data)
	s.site(e, at)
	for i := 0; (i+1)*wordSize < len(data); i++ {
		s.argument(e, i, data[(i+1)*wordSize:][:wordSize], at)
	}
	d := s.Decl(e.Probe)
	if n := e.Args(); d != nil && d.NArgs != n {
		s.Faults = append(s.Faults, diag.Errorf("probe-nargs", s.SitePlace(e), "probe '%s' has %d arguments here and %d in its declaration", e.Probe, n, d.NArgs).
			With(at, "the entry of the site"))
	}
}

// owner finds the code section of an entry by its relocation.
func (s *Scan) owner(e *Entry, rels []object.Reloc, at diag.Place) bool {
	o := s.file.Obj
	if len(rels) == 0 || rels[0].Offset != e.Offset {
		s.faultf("probe-reloc", at, "entry of probe '%s' has no relocation, so nothing tells which section its site is in", e.Probe)
		return false
	}
	for _, r := range rels[1:] {
		s.faultf("probe-reloc", at.At(at.Section, r.Offset), "entry of probe '%s' has a second relocation, %s against '%s'", e.Probe, reloc.Name(r.Type), o.SymbolLabel(r.Sym))
		return false
	}
	r := rels[0]
	sym := &o.Symbols[r.Sym]
	switch {
	case r.Type != reloc.Abs64:
		s.faultf("probe-reloc", at, "entry of probe '%s' has a relocation of type %s, not %s", e.Probe, reloc.Name(r.Type), reloc.Name(reloc.Abs64))
	case !sym.Defined() || !o.Sections[sym.Section].Exec():
		s.faultf("probe-reloc", at, "entry of probe '%s' is relocated against '%s', which is no code section", e.Probe, o.SymbolLabel(r.Sym))
	case sym.Type != object.TypeSection:
		s.faultf("probe-reloc", at, "entry of probe '%s' is relocated against symbol '%s', not against the section symbol of '%s'", e.Probe, sym.Name, o.Sections[sym.Section].Name)
	default:
		e.Code, e.Section = int(sym.Section), r.Sym
		return true
	}
	return false
}

// site checks the place of the NOP.
func (s *Scan) site(e *Entry, at diag.Place) {
	o := s.file.Obj
	sec := &o.Sections[e.Code]
	nop := diag.Place{Object: o.Name}.At(sec.Name, e.Nop)
	fault := func(id string, place diag.Place, format string, args ...any) {
		s.Faults = append(s.Faults, diag.Errorf(id, place, format, args...).With(at, "the entry of the site"))
	}
	if e.Nop%code.InsnSize != 0 {
		fault("probe-offset", nop, "site of probe '%s' is at %#x, no multiple of %d", e.Probe, e.Nop, code.InsnSize)
		return
	}
	if sec.Size < code.InsnSize || e.Nop > sec.Size-code.InsnSize {
		fault("probe-offset", nop, "site of probe '%s' is at %#x, outside section '%s' of %#x bytes", e.Probe, e.Nop, sec.Name, sec.Size)
		return
	}
	e.Func = s.Graph.At(e.Code, e.Nop)
	if e.Func < 0 {
		fault("probe-nofunc", nop, "site of probe '%s' is in no function", e.Probe)
	}
	if insn := sec.Data[e.Nop:][:code.InsnSize]; !bytes.Equal(insn, code.Nop[:]) {
		fault("probe-site", s.SitePlace(e), "site of probe '%s' is not a NOP (% x) but % x", e.Probe, code.Nop[:], insn)
	}
}

// argument reads the instruction that tells where argument i is.
func (s *Scan) argument(e *Entry, i int, insn []byte, at diag.Place) {
	dst, src := code.Registers(s.file.Obj.Order, insn, 0)
	e.Regs = append(e.Regs, src)
	at = at.At(at.Section, e.Offset+uint64(i+1)*wordSize)
	fault := func(format string, args ...any) {
		s.Faults = append(s.Faults, diag.Errorf("probe-args", at, format, args...).With(s.SitePlace(e), "the site"))
	}
	if insn[0] != opMov64 || dst != uint8(i+1) || !bytes.Equal(insn[2:], make([]byte, 6)) {
		fault("argument %d of probe '%s' is described by % x, which is not 'r%d = rX'", i+1, e.Probe, insn, i+1)
		return
	}
	if src > lastHome {
		fault("argument %d of probe '%s' is in r%d, which there is not", i+1, e.Probe, src)
		return
	}
	d := s.Decl(e.Probe)
	if src != frameReg || d == nil || d.Proto == 0 || i >= d.NArgs {
		return
	}
	t := s.file.Types
	if typ := t.Element(d.Proto, i).Type; t.Kind(t.Strip(typ)) != btfgen.Ptr {
		fault("argument %d of probe '%s' is in r10, the frame pointer, but has type '%s'", i+1, e.Probe, t.C(typ))
	}
}

// SitePlace returns the place of an entry's NOP.
func (s *Scan) SitePlace(e *Entry) diag.Place {
	if e.Code == 0 {
		return diag.Place{Object: s.file.Obj.Name}.At(Section, e.Offset)
	}
	if e.Func < 0 {
		return diag.Place{Object: s.file.Obj.Name}.At(s.file.Obj.Sections[e.Code].Name, e.Nop)
	}
	fn := &s.Graph.Funcs[e.Func]
	return s.file.Place(e.Code, e.Nop, fn.Name, fn.Start)
}
