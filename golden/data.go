package golden

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/bpfsdt/bpf-sdt-link/object"
	"github.com/bpfsdt/bpf-sdt-link/reloc"
)

// piece is what one symbol names in a section: a function or a variable; or what is between them.
type piece struct {
	section    uint32
	start, end uint64
	symbols    []int // those at start, by name; none for bytes that no symbol names
	code       bool
	sortKey    string // its text with numbers of equal names left out
}

// pieces prints all code, then all data, each sorted by section and name.
func (d *dumper) pieces() {
	var all []*piece
	for i := range d.o.Sections {
		if s := &d.o.Sections[i]; shown(s) && s.Size > 0 && s.Name != notesSection {
			all = append(all, d.split(uint32(i))...)
		}
	}
	d.names.masked = true
	for _, p := range all {
		p.sortKey = d.pieceText(p)
	}
	d.names.masked = false
	rank := func(p *piece) int {
		if p.code {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(all, func(a, b *piece) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)),
			cmp.Compare(d.o.Sections[a.section].Name, d.o.Sections[b.section].Name),
			cmp.Compare(d.title(a), d.title(b)), cmp.Compare(a.sortKey, b.sortKey))
	})
	for i, p := range all {
		// What looks alike has been told apart by the code before it, if that mentions it.
		if i > 0 && rank(p) != rank(all[i-1]) {
			slices.SortStableFunc(all[i:], func(a, b *piece) int {
				return cmp.Or(cmp.Compare(d.o.Sections[a.section].Name, d.o.Sections[b.section].Name),
					cmp.Compare(d.title(a), d.title(b)), cmp.Compare(a.sortKey, b.sortKey), cmp.Compare(d.names.number(a), d.names.number(b)))
			})
			p = all[i]
		}
		if text := d.pieceText(p); text != "" {
			kind := "data"
			if p.code {
				kind = "code"
			}
			d.printf("\n%s %s %s\n%s", kind, d.o.Sections[p.section].Name, d.names.title(p), text)
		}
	}
	d.stray()
}

// split cuts a section at its symbols. In code, only functions cut.
func (d *dumper) split(section uint32) []*piece {
	s := &d.o.Sections[section]
	var all []*piece
	cur := &piece{section: section, code: s.Exec()}
	covered := uint64(0) // the end of what the current symbol names
	flush := func(end uint64) {
		if end > cur.start {
			cur.end = end
			all = append(all, cur)
		}
	}
	for _, i := range d.names.bySection[section] {
		y := &d.o.Symbols[i]
		if y.Value >= s.Size || s.Exec() && y.Type != object.TypeFunc {
			continue
		}
		if y.Value != cur.start || cur.end != 0 {
			if len(cur.symbols) > 0 && covered > cur.start && covered < y.Value {
				flush(covered)
				cur = &piece{section: section, code: s.Exec(), start: covered}
			}
			if y.Value != cur.start {
				flush(y.Value)
				cur = &piece{section: section, code: s.Exec(), start: y.Value}
			}
		}
		cur.symbols = append(cur.symbols, i)
		covered = max(covered, y.Value+y.Size)
	}
	if len(cur.symbols) > 0 && covered > cur.start && covered < s.Size {
		flush(covered)
		cur = &piece{section: section, code: s.Exec(), start: covered}
	}
	flush(s.Size)
	for _, p := range all {
		slices.SortFunc(p.symbols, func(a, b int) int { return cmp.Compare(d.o.Symbols[a].Name, d.o.Symbols[b].Name) })
	}
	return all
}

// title is the names of a piece without numbers.
func (d *dumper) title(p *piece) string {
	var names []string
	for _, i := range p.symbols {
		names = append(names, d.o.Symbols[i].Name)
	}
	return strings.Join(names, ", ")
}

// number is the number of a piece's first name, if it has been mentioned.
func (n *namer) number(p *piece) int {
	if len(p.symbols) == 0 {
		return 0
	}
	y := &n.o.Symbols[p.symbols[0]]
	if k := n.numbers[named{y.Name, place{y.Section, y.Value}}]; k > 0 {
		return k
	}
	return math.MaxInt
}

// title is the names of a piece.
func (n *namer) title(p *piece) string {
	if len(p.symbols) == 0 {
		return "(unnamed)"
	}
	var names []string
	for _, i := range p.symbols {
		names = append(names, n.symbol(uint32(i)))
	}
	return strings.Join(names, ", ") + ":"
}

func (d *dumper) pieceText(p *piece) string {
	s := &d.o.Sections[p.section]
	switch {
	case p.code:
		return d.function(p)
	case s.Type == object.SecNobits && len(p.symbols) == 0:
		return "" // padding
	case s.Type == object.SecNobits:
		return fmt.Sprintf("  zero %d\n", p.end-p.start)
	case len(p.symbols) == 0 && s.Flags&object.FlagMerge != 0:
		return d.constants(s, p)
	}
	if code, ok := d.names.tables[place{p.section, p.start}]; ok && s.Name == jumpTables {
		return d.jumpTable(s, p, code)
	}
	return d.bytes(s, p)
}

// jumpTables is where clang 22 and later puts the tables of switches: 64-bit byte offsets from the start of the code
// section that jumps through the table, without a relocation. Only the reference to the table says which that is.
const jumpTables = ".jumptables"

func (d *dumper) jumpTable(s *object.Section, p *piece, code uint32) string {
	var b strings.Builder
	body := s.Data[p.start:p.end]
	for ; len(body) >= 8; body = body[8:] {
		off := d.o.Order.Uint64(body)
		if off >= d.o.Sections[code].Size {
			fmt.Fprintf(&b, "  FAULT: ")
		}
		fmt.Fprintf(&b, "  .entry %s\n", d.names.at(code, int64(off)))
	}
	plain(&b, body)
	return b.String()
}

// constants prints mergeable constants without names: which there are, not where.
func (d *dumper) constants(s *object.Section, p *piece) string {
	var list []string
	switch body := s.Data[p.start:p.end]; {
	case s.Flags&object.FlagStrings != 0 && s.Entsize == 1:
		for len(body) > 0 {
			text, rest, _ := bytes.Cut(body, []byte{0})
			list = append(list, fmt.Sprintf("  %q\n", text))
			body = rest
		}
	case s.Entsize > 0 && s.Entsize <= 64:
		for chunk := range slices.Chunk(body, int(s.Entsize)) {
			list = append(list, fmt.Sprintf("  %x\n", chunk))
		}
	default:
		return d.bytes(s, p)
	}
	slices.Sort(list)
	return strings.Join(list, "")
}

// bytes prints data, with relocations by name. Bytes of no symbol are padding when they are zero, and left out.
func (d *dumper) bytes(s *object.Section, p *piece) string {
	var b strings.Builder
	first, _ := slices.BinarySearchFunc(d.names.relocs[p.section], p.start, func(r object.Reloc, off uint64) int {
		return cmp.Compare(r.Offset, off)
	})
	rels := d.names.relocs[p.section][first:]
	for off := p.start; off < p.end; {
		if len(rels) > 0 && rels[0].Offset == off {
			text, n := d.word(p.section, s, rels[0])
			fmt.Fprintf(&b, "  %s\n", text)
			if rels = rels[1:]; len(rels) == 0 || rels[0].Offset != off {
				off += n
			}
			for len(rels) > 0 && rels[0].Offset < off {
				fmt.Fprintf(&b, "  FAULT: relocation in the middle of the word\n")
				rels = rels[1:]
			}
			continue
		}
		end := p.end
		if len(rels) > 0 {
			end = min(end, rels[0].Offset)
		}
		plain(&b, s.Data[off:end])
		off = end
	}
	if len(p.symbols) == 0 && len(bytes.Trim(s.Data[p.start:p.end], "\x00")) == 0 && !strings.Contains(b.String(), ".") {
		return ""
	}
	return b.String()
}

// word is the text of a relocated word and its length in bytes.
func (d *dumper) word(section uint32, s *object.Section, r object.Reloc) (string, uint64) {
	rest := s.Data[r.Offset:]
	switch {
	case (r.Type == reloc.Abs64 || r.Type == reloc.LD64) && len(rest) >= 8:
		return ".quad " + d.names.target(r.Sym, int64(d.o.Order.Uint64(rest))), 8
	case (r.Type == reloc.Abs32 || r.Type == reloc.Call32) && len(rest) >= 4:
		return ".long " + d.names.target(r.Sym, int64(d.o.Order.Uint32(rest))), 4
	}
	return fmt.Sprintf("FAULT: %s of %s", reloc.Name(r.Type), d.names.target(r.Sym, 0)), 1
}

// plain prints bytes in rows of 16, runs of zero rows as their length.
func plain(b *strings.Builder, data []byte) {
	const row = 16
	for len(data) > 0 {
		zeros := len(data) - len(bytes.TrimLeft(data, "\x00"))
		if zeros == len(data) || zeros >= 2*row {
			if zeros < len(data) {
				zeros -= zeros % row
			}
			fmt.Fprintf(b, "  zero %d\n", zeros)
			data = data[zeros:]
			continue
		}
		r := data[:min(row, len(data))]
		data = data[len(r):]
		text := make([]byte, len(r))
		for i, c := range r {
			if text[i] = c; c < ' ' || c > '~' {
				text[i] = '.'
			}
		}
		fmt.Fprintf(b, "  %-47s  |%s|\n", fmt.Sprintf("% x", r), text)
	}
}

// word32 reads the immediate of an instruction.
func word32(bo binary.ByteOrder, insn []byte) int64 { return int64(int32(bo.Uint32(insn[4:]))) }
