package linkmap

import (
	"bufio"
	"fmt"
	"io"
	"strconv"

	"github.com/bpfsdt/bpf-sdt-link/notes"
)

const textHead = `Map of a link by bpf-sdt-link. Offsets are hexadecimal, sizes are decimal; both count bytes.

`

const sectionsHead = `SECTIONS
  offset (file)   size  align  flags  type         section
    offset        size  input(section)
      offset      size  binding  type      symbol
`

// WriteText writes the map for people and for diff: a line for each thing, with the name at its end, so that a long name
// moves no column of other lines. Nothing is numbered: an input more changes the lines of that input alone, but for offsets.
func (m *Map) WriteText(w io.Writer) error {
	t := textWriter{Map: m, b: bufio.NewWriterSize(w, 64<<10)}
	t.printf("%s", textHead)
	t.printf("output  %s\nsize    %d\n", clean(m.Output), m.Size)
	t.inputs()
	o := m.order()
	t.sections(o)
	t.unplaced(o)
	t.probes()
	t.changes()
	return t.b.Flush()
}

// textWriter writes the text of a map. The bufio.Writer keeps the first error.
type textWriter struct {
	*Map
	b    *bufio.Writer
	line []byte // of a symbol; used again
}

func (t *textWriter) printf(format string, args ...any) { fmt.Fprintf(t.b, format, args...) }

func (t *textWriter) inputs() {
	const row = "  %10s %9d %9d %9d %9d  %s\n"
	shares, rest := t.shares()
	t.printf("\nINPUTS: size of the file, and what is linked of it, by kind of section\n")
	t.printf("  %10s %9s %9s %9s %9s  input\n", "file", "code", "data", "other", "all")
	total := rest
	for i := range t.Inputs {
		in, s := &t.Inputs[i], shares[i]
		size := "-"
		if in.Size > 0 {
			size = fmt.Sprint(in.Size)
		}
		t.printf(row, size, s.code, s.data, s.other, s.total(), t.inputName(i))
		if why := in.reason(); why != "" {
			t.printf("%54s%s\n", "", why)
		}
		total.code, total.data, total.other = total.code+s.code, total.data+s.data, total.other+s.other
	}
	t.printf(row, "-", rest.code, rest.data, rest.other, rest.total(), "(of no input: tables, BTF, padding)")
	t.printf(row, "-", total.code, total.data, total.other, total.total(), "(all sections)")
}

// sections writes the sections, below each its parts, below each the symbols in it.
func (t *textWriter) sections(o order) {
	if len(t.Sections) == 0 {
		t.printf("\nSECTIONS: none\n")
		return
	}
	t.printf("\n%s", sectionsHead)
	next := 0 // in o.sorted
	for next < len(o.sorted) && t.Symbols[o.sorted[next]].Section < 0 {
		next++
	}
	for i := range t.Sections {
		s := &t.Sections[i]
		at := "-"
		if s.Type != "zero" {
			at = fmt.Sprintf("0x%08x", s.Offset)
		}
		t.printf("\n  %-10s%10d%7d  %-5s  %-11s  %s\n", at, s.Size, s.Align, or(clean(s.Flags), "-"), clean(s.Type), clean(s.Name))
		next = t.symbols(o, next, i, noPart)
		end := uint64(0)
		for j := range s.Parts {
			p := &s.Parts[j]
			t.padding(end, p.Offset)
			end = max(end, p.Offset+p.Size)
			t.part(p)
			next = t.symbols(o, next, i, j)
		}
		if len(s.Parts) > 0 {
			t.padding(end, s.Size)
		}
	}
}

func (t *textWriter) padding(from, to uint64) {
	if from < to {
		t.printf("    0x%08x%8d  (padding)\n", from, to-from)
	}
}

func (t *textWriter) part(p *Part) {
	t.printf("    0x%08x%8d  %s(%s)", p.Offset, p.Size, t.inputName(p.Input), clean(p.Section))
	if p.Before != p.Size {
		t.printf(", %d in the input", p.Before)
	}
	t.b.WriteByte('\n')
}

// symbols writes those symbols of one part that are next in the order, and returns which is next after them.
func (t *textWriter) symbols(o order, next, section, part int) int {
	for ; next < len(o.sorted); next++ {
		i := o.sorted[next]
		s := &t.Symbols[i]
		if s.Section != section || o.partOf[i] != part {
			break
		}
		t.symbol(s)
	}
	return next
}

// symbol writes a line of which there are as many as symbols: fmt would take most of the time of a large map.
func (t *textWriter) symbol(s *Symbol) {
	line := append(t.line[:0], "      0x"...)
	line = pad(line, strconv.FormatUint(s.Offset, 16), -8, '0')
	line = pad(line, strconv.FormatUint(s.Size, 10), -6, ' ')
	line = append(pad(append(line, "  "...), clean(s.Binding), 7, ' '), "  "...)
	line = append(pad(line, clean(s.Type), 8, ' '), "  "...)
	line = append(line, symbolName(s)...)
	if at := source(s.File, s.Line, 0); at != "" {
		line = append(append(line, "  "...), at...)
	}
	t.line = append(line, '\n')
	t.b.Write(t.line)
}

// pad appends text, filled up to width bytes: at its end, or at its start if width is negative.
func pad(line []byte, text string, width int, fill byte) []byte {
	if width > 0 {
		line = append(line, text...)
	}
	for n := max(width, -width) - len(text); n > 0; n-- {
		line = append(line, fill)
	}
	if width < 0 {
		line = append(line, text...)
	}
	return line
}

func symbolName(s *Symbol) string {
	name := or(clean(s.Name), "(no name)")
	if s.Visibility != "" && s.Visibility != "default" {
		name += " (" + clean(s.Visibility) + ")"
	}
	return name
}

// unplaced writes the symbols that are in no section.
func (t *textWriter) unplaced(o order) {
	var undefined, absolute []int
	for _, i := range o.sorted {
		switch s := &t.Symbols[i]; {
		case s.Section == -2:
			absolute = append(absolute, i)
		case t.section(s.Section) == nil:
			undefined = append(undefined, i)
		}
	}
	if len(undefined) > 0 {
		t.printf("\nUNDEFINED SYMBOLS\n")
	}
	for _, i := range undefined {
		s := &t.Symbols[i]
		t.printf("  %-7s  %-8s  %s\n", clean(s.Binding), clean(s.Type), symbolName(s))
	}
	if len(absolute) > 0 {
		t.printf("\nABSOLUTE SYMBOLS\n")
	}
	for _, i := range absolute {
		s := &t.Symbols[i]
		t.printf("  0x%016x  %-7s  %-8s  %s\n", s.Offset, clean(s.Binding), clean(s.Type), symbolName(s))
	}
}

func (t *textWriter) probes() {
	if len(t.Probes) == 0 {
		t.printf("\nPROBES: none\n")
		return
	}
	t.printf("\nPROBES, below each its sites: section+offset, registers of the arguments, linked, function, source\n")
	for i := range t.Probes {
		p := &t.Probes[i]
		t.printf("\n  %s %s\n", clean(p.Name), arguments(p))
		if p.Stub != "" {
			t.printf("    stub %s\n", clean(p.Stub))
		}
		if p.Flag != "" {
			t.printf("    flag %s\n", clean(p.Flag))
		}
		if len(p.Sites) == 0 {
			t.printf("    no site\n")
		}
		for j := range p.Sites {
			t.site(&p.Sites[j])
		}
	}
}

func (t *textWriter) site(s *notes.Site) {
	at := fmt.Sprintf("%s+%#x", clean(s.Section), s.Offset)
	t.printf("    %-20s  %-10s  %s  %s", at, or(registers(s), "-"), linked(s), function(s))
	if src := source(s.File, s.Line, s.Column); src != "" {
		t.printf("  %s", src)
	}
	t.b.WriteByte('\n')
}

// changes writes what is in an input and not, or otherwise, in the output.
func (t *textWriter) changes() {
	t.printf("\nDROPPED%s\n", none(len(t.Dropped)))
	for i := range t.Dropped {
		d := &t.Dropped[i]
		t.printf("  %-11s  %8d  %s", clean(d.Kind), d.Size, clean(d.Name))
		if at := t.place(d); at != "" {
			t.printf(" of %s", at)
		}
		t.why(d.Why)
	}
	t.printf("\nRENAMED%s\n", none(len(t.Renamed)))
	for _, r := range t.Renamed {
		t.printf("  %s is %s in the output, of %s", clean(r.From), clean(r.To), t.inputName(r.Input))
		t.why(r.Why)
	}
	t.printf("\nBINDING CHANGED%s\n", none(len(t.Promoted)))
	for _, p := range t.Promoted {
		t.printf("  %s, %s in the input, is %s, of %s", clean(p.Name), clean(p.From), clean(p.To), t.inputName(p.Input))
		t.why(p.Why)
	}
}

func (t *textWriter) why(why string) {
	if why != "" {
		t.printf(": %s", clean(why))
	}
	t.b.WriteByte('\n')
}

func none(n int) string {
	if n == 0 {
		return ": none"
	}
	return ""
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
