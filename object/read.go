package object

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/bpfsdt/bpf-sdt-link/diag"
)

const (
	ehdrSize = 64
	shdrSize = 64
	symSize  = 24
	relSize  = 16
)

// maxName bounds names, in bytes: many symbols can share the bytes of one, and each message and new name has it anew. The
// kernel takes less than 512.
const maxName = 4096

// reader is the state of one Parse or Read.
type reader struct {
	src source
	bo  binary.ByteOrder
	obj *Object
}

func (r *reader) errorf(format string, args ...any) error {
	return diag.Errorf("object", diag.Place{Object: r.obj.Name}, format, args...)
}

func (r *reader) sectionErrorf(i int, format string, args ...any) error {
	return diag.Errorf("object", diag.Place{Object: r.obj.Name, Section: r.sectionLabel(i)}, format, args...)
}

func (r *reader) sectionLabel(i int) string {
	if n := r.obj.Sections[i].Name; n != "" {
		return n
	}
	return "#" + strconv.Itoa(i)
}

// Parse reads an ELF64 relocatable object for BPF. The object's section contents alias
// data. The error is a diag.Diagnostic that names the object and, where there is one,
// the section.
func Parse(name string, data []byte) (*Object, error) {
	return parse(name, source{data: data, size: uint64(len(data))})
}

func parse(name string, src source) (*Object, error) {
	r := &reader{src: src, obj: &Object{Name: name, Size: src.size}}
	for _, step := range []func() error{r.header, r.symbols, r.relocations} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return r.obj, nil
}

// Foreign reports whether an error of reading an object says that the file is nothing that a compiler makes.
func Foreign(err error) bool {
	var d diag.Diagnostic
	return errors.As(err, &d) && (d.Message == noELF || d.Message == emptyFile)
}

const (
	noELF     = "not an ELF file"
	emptyFile = "the file is empty"
)

// notELF says what a file is that somebody took for an object, as far as its first bytes tell.
func notELF(data []byte) string {
	switch {
	case len(data) == 0:
		return emptyFile
	case bytes.HasPrefix(data, []byte("BC\xc0\xde")), bytes.HasPrefix(data, []byte("\xde\xc0\x17\x0b")):
		return "the file is LLVM bitcode, not an object; compile without -flto and -emit-llvm"
	case IsArchive(data):
		return "the file is an archive, not an object"
	case !bytes.HasPrefix(data, []byte("\x7fELF")):
		return noELF
	case len(data) < ehdrSize:
		return "the ELF header is truncated"
	}
	return ""
}

func (r *reader) header() error {
	d, err := r.src.bytes(0, min(r.src.size, ehdrSize))
	if err != nil {
		return err
	}
	if msg := notELF(d); msg != "" {
		return r.errorf("%s", msg)
	}
	if d[4] != 2 {
		return r.errorf("not a 64-bit ELF object (class %d)", d[4])
	}
	switch d[5] {
	case 1:
		r.bo = binary.LittleEndian
	case 2:
		r.bo = binary.BigEndian
	default:
		return r.errorf("unknown ELF byte order %d", d[5])
	}
	r.obj.Order = r.bo
	if t := r.bo.Uint16(d[16:]); t != 1 {
		kind := map[uint16]string{2: "an executable", 3: "a shared object", 4: "a core file"}[t]
		if kind == "" {
			kind = "of ELF type " + strconv.Itoa(int(t))
		}
		return r.errorf("not a relocatable object: the file is %s", kind)
	}
	if m := r.bo.Uint16(d[18:]); m != MachineBPF {
		name := map[uint16]string{3: "x86", 40: "ARM", 62: "x86-64", 183: "AArch64", 243: "RISC-V"}[m]
		if name == "" {
			name = "another machine"
		}
		return r.errorf("the object is for %s (ELF machine %d), not for BPF; compile with -target bpf", name, m)
	}
	if es := r.bo.Uint16(d[58:]); es != shdrSize {
		return r.errorf("section headers of %d bytes, want %d", es, shdrSize)
	}
	return r.sections(d)
}

// in reports whether [off, off+size) lies inside the file.
func (r *reader) in(off, size uint64) bool {
	n := r.src.size
	return off <= n && size <= n-off
}

func (r *reader) sections(d []byte) error {
	bo := r.bo
	shoff := bo.Uint64(d[40:])
	shnum := uint64(bo.Uint16(d[60:]))
	shstrndx := uint64(bo.Uint16(d[62:]))
	if shoff == 0 || !r.in(shoff, shdrSize) {
		return r.errorf("no section headers: the file is truncated or stripped of them")
	}
	if shnum == 0 || shstrndx == 0xffff {
		first, err := r.src.bytes(shoff, shdrSize)
		if err != nil {
			return err
		}
		if shnum == 0 { // gABI: the true number is in section 0's sh_size
			shnum = bo.Uint64(first[32:])
		}
		if shstrndx == 0xffff { // SHN_XINDEX: the true index is in section 0's sh_link
			shstrndx = uint64(bo.Uint32(first[40:]))
		}
	}
	if shnum == 0 || shnum > r.src.size/shdrSize || !r.in(shoff, shnum*shdrSize) {
		return r.errorf("the section headers (%d at %#x) are outside the file: is it truncated?", shnum, shoff)
	}
	if shstrndx == 0 || shstrndx >= shnum {
		return r.errorf("section name table has index %d of %d sections", shstrndx, shnum)
	}
	heads, err := r.src.bytes(shoff, shnum*shdrSize)
	if err != nil {
		return err
	}
	secs := make([]Section, shnum)
	nameOff := make([]uint32, shnum)
	r.obj.Sections = secs
	for i := range secs {
		if err := r.section(i, heads[i*shdrSize:], &nameOff[i]); err != nil {
			return err
		}
	}
	if secs[shstrndx].Type != SecStrtab {
		return r.errorf("section name table (section #%d) is not a string table", shstrndx)
	}
	table := &secs[shstrndx]
	if table.Data, err = r.src.bytes(r.obj.Sections[shstrndx].Offset, table.Size); err != nil {
		return err
	}
	names := string(table.Data)
	for i := 1; i < len(secs); i++ {
		n, ok := cstr(names, nameOff[i])
		if !ok {
			return r.errorf("section #%d: name offset %#x is outside the section name table", i, nameOff[i])
		}
		if len(n) > maxName {
			return r.errorf("section #%d: name of %d bytes, %d are the most", i, len(n), maxName)
		}
		secs[i].Name = n
	}
	if err := r.overlaps(shoff, shnum); err != nil {
		return err
	}
	return r.contents()
}

func (r *reader) section(i int, h []byte, nameOff *uint32) error {
	bo, s := r.bo, &r.obj.Sections[i]
	if i == 0 { // the null section: its fields are extensions of the ELF header
		return nil
	}
	*nameOff = bo.Uint32(h)
	s.Type = bo.Uint32(h[4:])
	s.Flags = bo.Uint64(h[8:])
	off := bo.Uint64(h[24:])
	s.Size = bo.Uint64(h[32:])
	s.Link = bo.Uint32(h[40:])
	s.Info = bo.Uint32(h[44:])
	s.Align = max(bo.Uint64(h[48:]), 1)
	s.Entsize = bo.Uint64(h[56:])
	if s.Align&(s.Align-1) != 0 || s.Align > 1<<31 {
		return r.sectionErrorf(i, "alignment %#x is not a power of two up to 2 GiB", s.Align)
	}
	if s.Type == SecNobits {
		if s.Size > 1<<40 { // far over any map; keeps sums of sizes from wrapping
			return r.sectionErrorf(i, "size %#x is too large", s.Size)
		}
		return nil
	}
	if s.Type == SecNull {
		s.Size = 0
		return nil
	}
	if !r.in(off, s.Size) {
		return r.sectionErrorf(i, "contents (%#x bytes at %#x) are outside the file of %#x bytes: is it truncated?", s.Size, off, r.src.size)
	}
	r.obj.Sections[i].Offset = off
	return nil
}

// overlaps refuses section contents that share bytes with one another or with the headers:
// no compiler makes them, and who edits one section in place would change the other.
func (r *reader) overlaps(shoff, shnum uint64) error {
	type span struct {
		start, end uint64
		sec        int // 0: the section headers, -1: the ELF header
	}
	bySpan := make([]span, 0, len(r.obj.Sections)+1)
	bySpan = append(bySpan, span{0, ehdrSize, -1}, span{shoff, shoff + shnum*shdrSize, 0})
	for i := 1; i < len(r.obj.Sections); i++ {
		if s := &r.obj.Sections[i]; s.Type != SecNobits && s.Size > 0 {
			bySpan = append(bySpan, span{r.obj.Sections[i].Offset, r.obj.Sections[i].Offset + s.Size, i})
		}
	}
	slices.SortFunc(bySpan, func(a, b span) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.sec, b.sec)) })
	for k := 1; k < len(bySpan); k++ {
		a, b := bySpan[k-1], bySpan[k]
		if b.start < a.end {
			label := func(s span) string {
				switch s.sec {
				case -1:
					return "the ELF header"
				case 0:
					return "the section headers"
				}
				return "section '" + r.sectionLabel(s.sec) + "'"
			}
			return r.errorf("%s and %s overlap in the file at %#x", label(a), label(b), b.start)
		}
	}
	return nil
}

// cstr returns the NUL-terminated string at off.
func cstr(table string, off uint32) (string, bool) {
	if uint64(off) >= uint64(len(table)) {
		return "", off == 0 // an empty table has the empty string only
	}
	s := table[off:]
	n := strings.IndexByte(s, 0)
	if n < 0 {
		return "", false
	}
	return s[:n], true
}

func (r *reader) symbols() error {
	secs := r.obj.Sections
	for i := range secs {
		if secs[i].Type != SecSymtab {
			continue
		}
		if r.obj.Symtab != 0 {
			return r.errorf("more than one symbol table (sections #%d and #%d)", r.obj.Symtab, i)
		}
		r.obj.Symtab = i
	}
	if r.obj.Symtab == 0 {
		return r.errorf("no symbol table: was the object stripped?")
	}
	st := &secs[r.obj.Symtab]
	if st.Entsize != symSize || st.Size%symSize != 0 || st.Size == 0 {
		return r.sectionErrorf(r.obj.Symtab, "%d bytes in entries of %d bytes are not a symbol table", st.Size, st.Entsize)
	}
	if int64(st.Link) >= int64(len(secs)) || secs[st.Link].Type != SecStrtab {
		return r.sectionErrorf(r.obj.Symtab, "sh_link %d is not a string table", st.Link)
	}
	names := string(secs[st.Link].Data) // one copy, which all names share
	syms := make([]Symbol, st.Size/symSize)
	r.obj.Symbols = syms
	for i := 1; i < len(syms); i++ {
		if err := r.symbol(i, st.Data[i*symSize:], names); err != nil {
			return err
		}
	}
	for _, b := range st.Data[:symSize] {
		if b != 0 {
			return r.sectionErrorf(r.obj.Symtab, "symbol 0 is not the null symbol")
		}
	}
	return nil
}

func (r *reader) symbol(i int, e []byte, names string) error {
	bo, secs, s := r.bo, r.obj.Sections, &r.obj.Symbols[i]
	fail := func(format string, args ...any) error {
		at := diag.Place{Object: r.obj.Name, Section: ".symtab", Symbol: s.Name}.At(".symtab", uint64(i*symSize))
		return diag.Errorf("object", at, "symbol #"+strconv.Itoa(i)+": "+format, args...)
	}
	name, ok := cstr(names, bo.Uint32(e))
	if !ok {
		return fail("name offset %#x is outside the string table", bo.Uint32(e))
	}
	if len(name) > maxName {
		return fail("name of %d bytes, %d are the most", len(name), maxName)
	}
	s.Name = name
	s.Bind, s.Type, s.Other = e[4]>>4, e[4]&15, e[5]
	s.Section = uint32(bo.Uint16(e[6:]))
	s.Value, s.Size = bo.Uint64(e[8:]), bo.Uint64(e[16:])
	if s.Section == 0xffff { // SHN_XINDEX
		return fail("extended section indexes (more than 65,279 sections) are not supported")
	}
	if s.Bind > Weak {
		return fail("unknown binding %d", s.Bind)
	}
	switch {
	case s.Section == Undef:
		if s.Bind == Local || s.Value != 0 || s.Size != 0 {
			return fail("an undefined symbol must be global or weak, with value and size 0")
		}
	case s.Section >= LoReserve:
		if s.Section != Abs && s.Section != Common {
			return fail("reserved section index %#x", s.Section)
		}
		if s.Type == TypeSection {
			return fail("a section symbol of no section")
		}
	case int64(s.Section) >= int64(len(secs)):
		return fail("section index %d of %d sections", s.Section, len(secs))
	default:
		size := secs[s.Section].Size
		// -gz compresses .debug_bpf_sdt_chk for its name; symbols in it count bytes of the original.
		if secs[s.Section].Flags&FlagCompressed != 0 && !Carried(&secs[s.Section]) {
			s.Value = min(s.Value, size)
			s.Size = min(s.Size, size-s.Value)
		}
		if s.Value > size || s.Size > size-s.Value {
			return fail("%#x bytes at %#x are outside section '%s' of %#x bytes", s.Size, s.Value, secs[s.Section].Name, size)
		}
		if s.Type == TypeSection && (s.Value != 0 || s.Bind != Local) {
			return fail("a section symbol must be local and have value 0")
		}
	}
	return nil
}

func (r *reader) relocations() error {
	secs := r.obj.Sections
	if r.src.symbolsOnly() {
		return nil
	}
	for i := range secs {
		s := &secs[i]
		if s.Type == SecRela {
			return r.sectionErrorf(i, "RELA relocations are not BPF's (its addends stand in the section)")
		}
		if s.Type != SecRel {
			continue
		}
		if s.Entsize != relSize || s.Size%relSize != 0 {
			return r.sectionErrorf(i, "%d bytes in entries of %d bytes are not a relocation section", s.Size, s.Entsize)
		}
		if int64(s.Link) != int64(r.obj.Symtab) {
			return r.sectionErrorf(i, "sh_link %d is not the symbol table", s.Link)
		}
		if s.Info == 0 || int64(s.Info) >= int64(len(secs)) || secs[s.Info].Type == SecRel {
			return r.sectionErrorf(i, "relocates section #%d, which there is not", s.Info)
		}
		if !Carried(&secs[s.Info]) {
			continue // DWARF and BTF: rebuilt or dropped, so their relocations are never read
		}
		if secs[s.Info].RelSection != 0 {
			return r.sectionErrorf(i, "second relocation section of '%s'", secs[s.Info].Name)
		}
		if err := r.relocs(i); err != nil {
			return err
		}
	}
	return nil
}

// RelocsOf returns the relocations of a section that is not carried, of which Parse keeps none. A Reader reads those of
// .stack_sizes, and those of .BTF.ext if two code sections have one name; of others there are none then.
func (o *Object) RelocsOf(section int) ([]Reloc, error) {
	r := &reader{bo: o.Order, obj: o}
	for i := range o.Sections {
		if s := &o.Sections[i]; s.Type == SecRel && int(s.Info) == section {
			if s.Data == nil {
				return nil, nil // not read
			}
			return r.decodeRelocs(i)
		}
	}
	return nil, nil
}

func (r *reader) relocs(i int) error {
	rels, err := r.decodeRelocs(i)
	if err != nil {
		return err
	}
	target := &r.obj.Sections[r.obj.Sections[i].Info]
	target.Relocs, target.RelSection = rels, i
	return nil
}

func (r *reader) decodeRelocs(i int) ([]Reloc, error) {
	bo, s := r.bo, &r.obj.Sections[i]
	target := &r.obj.Sections[s.Info]
	rels := make([]Reloc, s.Size/relSize)
	for k := range rels {
		e := s.Data[k*relSize:]
		info := bo.Uint64(e[8:])
		rel := Reloc{Offset: bo.Uint64(e), Type: uint32(info), Sym: uint32(info >> 32)}
		at := diag.Place{Object: r.obj.Name}.At(target.Name, rel.Offset)
		if rel.Offset >= target.Size {
			return nil, diag.Errorf("object", at, "relocation #%d of '%s' is outside its section of %#x bytes", k, s.Name, target.Size)
		}
		if rel.Sym == 0 || int64(rel.Sym) >= int64(len(r.obj.Symbols)) {
			return nil, diag.Errorf("object", at, "relocation #%d of '%s' names symbol %d of %d", k, s.Name, rel.Sym, len(r.obj.Symbols))
		}
		rels[k] = rel
	}
	return rels, nil
}

// Carried reports whether a linker carries a section's contents into its output as they are.
// Debug sections go by name, whatever their flags: so do a probe's .debug_bpf_sdt_types and
// .debug_bpf_sdt_chk, of which only the BTF is wanted. BTF is merged, tables are rebuilt.
func Carried(s *Section) bool {
	switch {
	case s.Type != SecProgbits && s.Type != SecNobits && s.Type != SecNote:
		return false
	case strings.HasPrefix(s.Name, ".debug_"), s.Name == ".BTF", s.Name == ".BTF.ext":
		return false
	case s.Name == ".text" && s.Size == 0:
		return false
	case s.Name == ".eh_frame", s.Name == ".gcc_except_table": // of C++, for unwinding, which BPF has none of
		return false
	case s.Name == ".stack_sizes": // of the functions of one object, for tools that look at it
		return false
	}
	return true
}
