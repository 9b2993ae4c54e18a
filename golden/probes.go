package golden

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/bpfsdt/bpf-sdt-link/object"
	"github.com/bpfsdt/bpf-sdt-link/reloc"
)

const notesSection = ".bpf_sdt_notes"

// probes prints .bpf_sdt_notes: a line for each site, by probe and function. In an object that no linker has seen,
// the name is that of the label, with its number.
func (d *dumper) probes() {
	for i := range d.o.Sections {
		s := &d.o.Sections[i]
		if s.Name == notesSection && s.Type == object.SecProgbits {
			d.notes(uint32(i), s)
		}
	}
}

func (d *dumper) notes(section uint32, s *object.Section) {
	type label struct {
		at   uint64
		name string
	}
	var labels []label
	for i := range d.o.Symbols {
		y := &d.o.Symbols[i]
		if y.Section == section && y.Defined() && strings.HasPrefix(y.Name, labelPrefix) {
			labels = append(labels, label{y.Value, y.Name[len(labelPrefix):]})
		}
	}
	slices.SortStableFunc(labels, func(a, b label) int {
		if a.at != b.at {
			if a.at < b.at {
				return -1
			}
			return 1
		}
		return strings.Compare(a.name, b.name)
	})
	var text lines
	if len(labels) == 0 || labels[0].at != 0 {
		text = append(text, "FAULT: bytes before the first label")
	}
	for k, l := range labels {
		end := s.Size
		if k+1 < len(labels) {
			end = labels[k+1].at
		}
		text = append(text, d.site(section, s, l.name, l.at, end))
	}
	text.print(d, "probes")
}

// site is the text of one entry.
func (d *dumper) site(section uint32, s *object.Section, name string, start, end uint64) string {
	if end < start || end > uint64(len(s.Data)) || end-start < 8 || (end-start)%8 != 0 {
		return fmt.Sprintf("%s FAULT: entry of %d bytes", name, int64(end-start))
	}
	var regs []string
	for off := start + 8; off < end; off += insnSize {
		move := &insn{d: d, piece: &piece{section: section}, at: off, raw: s.Data[off : off+insnSize]}
		text := move.text()
		arg := fmt.Sprintf("r%d = r", (off-start)/insnSize)
		reg, ok := strings.CutPrefix(text, arg)
		if !ok || move.op != 0xbf || strings.Contains(text, " {") {
			regs = append(regs, fmt.Sprintf("FAULT: % x", move.raw))
			continue
		}
		regs = append(regs, "r"+reg)
	}
	text := fmt.Sprintf("%s(%s)", name, strings.Join(regs, ", "))
	for _, r := range d.names.relocs[section] {
		if r.Offset >= start && r.Offset < end {
			if r.Offset != start {
				text += " FAULT: relocation inside the entry"
				continue
			}
			text += " at " + d.nop(r, int64(d.o.Order.Uint64(s.Data[start:])))
		}
	}
	return text
}

// nop describes where a site is.
func (d *dumper) nop(r object.Reloc, addend int64) string {
	y := &d.o.Symbols[r.Sym]
	if r.Type != reloc.Abs64 || y.Type != object.TypeSection || !y.Defined() {
		return fmt.Sprintf("FAULT: %s against %s", reloc.Name(r.Type), d.names.target(r.Sym, addend))
	}
	s := &d.o.Sections[y.Section]
	if addend < 0 || addend%insnSize != 0 || uint64(addend) >= s.Size || !s.Exec() {
		return fmt.Sprintf("FAULT: %s%s", s.Name, plus(addend))
	}
	off := uint64(addend)
	text := d.names.at(y.Section, addend) + " FAULT: in no function"
	if i, ok := d.names.covering(y.Section, off); ok && d.o.Symbols[i].Type == object.TypeFunc {
		text = fmt.Sprintf("%s insn %d", d.names.symbol(uint32(i)), (off-d.o.Symbols[i].Value)/insnSize)
	}
	if info := d.extOf(y.Section); info != nil {
		if l := lineOf(info.lines, off); l != nil {
			text += fmt.Sprintf("  ; %s:%d:%d", l.file, l.line, l.col)
		}
	}
	if !bytes.Equal(s.Data[off:min(off+insnSize, uint64(len(s.Data)))], []byte{opJA, 0, 0, 0, 0, 0, 0, 0}) {
		text += " FAULT: no NOP there"
	}
	return text
}

// lineOf returns the line record that an instruction belongs to: its own or the last one before it.
func lineOf(records []record, off uint64) *record {
	i, ok := slices.BinarySearchFunc(records, off, func(r record, off uint64) int {
		if uint64(r.off) < off {
			return -1
		} else if uint64(r.off) > off {
			return 1
		}
		return 0
	})
	if !ok {
		i--
	}
	if i < 0 {
		return nil
	}
	return &records[i]
}
