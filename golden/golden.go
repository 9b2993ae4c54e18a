// Package golden turns a relocatable BPF object into a canonical text: sections, symbols, data and code with
// relocations by name, BTF by meaning, line information and probes. Two objects that mean the same have the same text,
// whatever the order of their sections, symbols, strings, functions and BTF types; what differs in meaning shows in a
// diff that a reviewer can read. Nothing in it is position-dependent: offsets are relative to the function or variable.
//
// The package reads BTF and .BTF.ext with a decoder of its own, so that it can be held against the linker's.
//
// Begin with [Dump], and with [Diff] to compare: these are the commands bpf-sdt-link dump and diff. The text is for people
// and for tests. It changes when more of an object is shown, and is not meant to be taken apart.
package golden

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/pmezard/go-difflib/difflib"

	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/object"
)

// maxText bounds the text of one object, in bytes: types nested in unnamed types can repeat without end.
const maxText = 8 << 20

// dumper is the state of one Dump.
type dumper struct {
	o     *object.Object
	names *namer
	btf   *btf // nil if there is none
	ext   *btfExt
	out   strings.Builder

	longLines map[string]uint64 // see lineText
}

// Dump returns the canonical text of an object, plain or zstd-compressed. The name is for messages and not in the
// text. A faulty object gives an error; faults that leave it readable, such as a relocation of an unknown type, are
// marked FAULT in the text.
func Dump(name string, data []byte) (string, error) {
	if object.Compressed(data) {
		var err error
		if data, err = object.Decompress(data); err != nil {
			return "", fmt.Errorf("%s: %w", name, err)
		}
	}
	o, err := object.Parse(name, data)
	if err != nil {
		return "", err
	}
	escapeNames(o)
	d := &dumper{o: o, names: newNamer(o)}
	if err := d.readBTF(); err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	d.header()
	d.sections()
	d.symbols()
	d.pieces()
	d.probes()
	if d.btf != nil {
		d.types()
		if d.btf.spent > maxText {
			return "", fmt.Errorf("%s: .BTF: unnamed types nest too deep to be printed", name)
		}
	}
	return d.out.String(), nil
}

// escapeNames makes all names fit for a terminal, before anything looks at them: no name can then forge a line of the
// text or move a cursor. Strings of BTF go the same way (btf.str), so that names of both still agree. Two names that
// differ in such a character and its escape only look the same; no compiler makes either.
func escapeNames(o *object.Object) {
	for i := range o.Sections {
		o.Sections[i].Name = escape(o.Sections[i].Name)
	}
	for i := range o.Symbols {
		o.Symbols[i].Name = escape(o.Symbols[i].Name)
	}
}

// escape escapes what a terminal may act on, but for tabs, which source lines have.
func escape(s string) string {
	parts := strings.Split(s, "\t")
	for i := range parts {
		parts[i] = diag.Printable(parts[i])
	}
	return strings.Join(parts, "\t")
}

// Diff returns a unified diff of two texts, "" if they are equal.
func Diff(aName, aText, bName, bText string) string {
	if aText == bText {
		return ""
	}
	// The error is that of writing to a strings.Builder, which has none.
	s, _ := difflib.GetUnifiedDiffString(difflib.UnifiedDiff{
		A: splitLines(aText), B: splitLines(bText), FromFile: diag.Printable(aName), ToFile: diag.Printable(bName), Context: 3,
	})
	return s
}

// splitLines keeps line ends; difflib's own adds an empty line at the end.
func splitLines(text string) []string { return slices.Collect(strings.Lines(text)) }

func (d *dumper) printf(format string, args ...any) { fmt.Fprintf(&d.out, format, args...) }

func (d *dumper) readBTF() (err error) {
	for i := range d.o.Sections {
		s := &d.o.Sections[i]
		switch {
		case s.Name == ".BTF" && d.btf == nil && s.Type == object.SecProgbits:
			if d.btf, err = readBTF(d.o.Order, s.Data); err != nil {
				return fmt.Errorf(".BTF: %w", err)
			}
		}
	}
	for i := range d.o.Sections {
		s := &d.o.Sections[i]
		if s.Name == ".BTF.ext" && d.ext == nil && s.Type == object.SecProgbits {
			if d.btf == nil {
				return fmt.Errorf(".BTF.ext without .BTF")
			}
			if d.ext, err = readExt(d.o.Order, s.Data, d.btf); err != nil {
				return fmt.Errorf(".BTF.ext: %w", err)
			}
		}
	}
	return nil
}

func (d *dumper) header() {
	order := "little-endian"
	if d.o.Order == binary.ByteOrder(binary.BigEndian) {
		order = "big-endian"
	}
	d.printf("object %s\n", order)
}

// shown reports whether a section is part of the text under its own name: not the tables, which show as what they
// hold, and not DWARF. What a linker should have dropped, a probe's .debug_bpf_sdt_types say, shows.
func shown(s *object.Section) bool {
	switch {
	case s.Type == object.SecNull, s.Type == object.SecStrtab, s.Type == object.SecSymtab, s.Type == object.SecRel:
		return false
	case s.Type >= object.SecLLVMFirst && s.Type <= object.SecLLVMLast:
		return false
	case s.Name == ".BTF", s.Name == ".BTF.ext":
		return false
	case strings.HasPrefix(s.Name, ".debug_bpf_sdt"):
		return true
	}
	return !strings.HasPrefix(s.Name, ".debug_")
}

func (d *dumper) sections() {
	var lines []string
	for i := range d.o.Sections {
		s := &d.o.Sections[i]
		if !shown(s) || s.Name == ".text" && s.Size == 0 { // clang makes an empty .text in every object
			continue
		}
		line := fmt.Sprintf("  %s: %s", s.Name, sectionType(s.Type))
		if f := sectionFlags(s.Flags); f != "" {
			line += " " + f
		}
		if s.Entsize != 0 {
			line += fmt.Sprintf(" entsize %d", s.Entsize)
		}
		line += fmt.Sprintf(" align %d", s.Align)
		if !s.Exec() { // of code, the instructions show
			line += fmt.Sprintf(" size %d", s.Size)
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	d.printf("\nsections\n")
	for _, l := range lines {
		d.printf("%s\n", l)
	}
}

func sectionType(t uint32) string {
	switch t {
	case object.SecProgbits:
		return "PROGBITS"
	case object.SecNobits:
		return "NOBITS"
	case object.SecNote:
		return "NOTE"
	case object.SecGroup:
		return "GROUP"
	}
	return fmt.Sprintf("type %#x", t)
}

func sectionFlags(f uint64) string {
	var b strings.Builder
	for _, x := range []struct {
		bit    uint64
		letter string
	}{
		{object.FlagWrite, "W"}, {object.FlagAlloc, "A"}, {object.FlagExec, "X"}, {object.FlagMerge, "M"},
		{object.FlagStrings, "S"}, {object.FlagInfoLink, "I"}, {object.FlagLinkOrder, "L"}, {object.FlagGroup, "G"},
		{object.FlagRetain, "R"},
	} {
		if f&x.bit != 0 {
			b.WriteString(x.letter)
			f &^= x.bit
		}
	}
	if f != 0 {
		fmt.Fprintf(&b, "+%#x", f)
	}
	return b.String()
}

// symbols lists the symbols that have a meaning to a linker or loader. The labels of probes show as probes.
func (d *dumper) symbols() {
	type row struct{ name, text string }
	var rows []row
	for i := 1; i < len(d.o.Symbols); i++ {
		y := &d.o.Symbols[i]
		if y.Type == object.TypeSection || y.Type == object.TypeFile || d.names.internal(i) {
			continue
		}
		if y.Defined() && !shown(&d.o.Sections[y.Section]) {
			continue
		}
		text := fmt.Sprintf("%s %s %s", symbolBind(y.Bind), symbolType(y.Type), y.Name)
		switch y.Visibility() {
		case object.VisHidden:
			text += " HIDDEN"
		case object.VisInternal:
			text += " INTERNAL"
		case object.VisProtected:
			text += " PROTECTED"
		}
		if y.Other&^3 != 0 {
			text += fmt.Sprintf(" other %#x", y.Other&^3)
		}
		switch {
		case y.Section == object.Undef:
			text += " UND"
		case y.Section == object.Abs:
			text += fmt.Sprintf(" ABS %#x", y.Value)
		case y.Section == object.Common:
			text += fmt.Sprintf(" COMMON align %d", y.Value)
		default:
			text += " in " + d.o.Sections[y.Section].Name
		}
		if y.Size != 0 {
			text += fmt.Sprintf(" size %d", y.Size)
		}
		rows = append(rows, row{y.Name, text})
	}
	slices.SortFunc(rows, func(a, b row) int { return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.text, b.text)) })
	d.printf("\nsymbols\n")
	for _, r := range rows {
		d.printf("  %s\n", r.text)
	}
}

func symbolBind(b uint8) string {
	switch b {
	case object.Local:
		return "LOCAL"
	case object.Global:
		return "GLOBAL"
	case object.Weak:
		return "WEAK"
	}
	return fmt.Sprintf("bind%d", b)
}

func symbolType(t uint8) string {
	switch t {
	case object.TypeNone:
		return "NOTYPE"
	case object.TypeObject:
		return "OBJECT"
	case object.TypeFunc:
		return "FUNC"
	}
	return fmt.Sprintf("type%d", t)
}
