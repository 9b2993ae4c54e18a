package golden

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"github.com/bpfsdt/bpf-sdt-link/object"
	"github.com/bpfsdt/bpf-sdt-link/reloc"
)

const insnSize = object.InsnSize

// function prints the instructions of a piece of code, counted from its start, with what .BTF.ext says about each.
func (d *dumper) function(p *piece) string {
	s := &d.o.Sections[p.section]
	var b strings.Builder
	info := d.extOf(p.section)
	if n := len(p.symbols); n > 0 && d.o.Symbols[p.symbols[0]].Size != p.end-p.start {
		fmt.Fprintf(&b, "  FAULT: its symbol has %d bytes of %d\n", d.o.Symbols[p.symbols[0]].Size, p.end-p.start)
	}
	labels := d.jumpLabels(s, p)
	for off := p.start; off < p.end; {
		d.annotate(&b, info, off)
		if l, ok := labels[off]; ok {
			fmt.Fprintf(&b, " L%d:\n", l)
		}
		raw := s.Data[off:p.end]
		if len(raw) < insnSize {
			fmt.Fprintf(&b, "  FAULT: % x is no whole instruction\n", raw)
			break
		}
		x := &insn{d: d, piece: p, at: off, labels: labels, raw: raw[:insnSize], typeID: info.loadsTypeID(off)}
		if raw[0] == opLoadImm64 && len(raw) >= 2*insnSize {
			x.second = raw[insnSize : 2*insnSize]
		}
		text := x.text()
		fmt.Fprintf(&b, "  %4d: %s\n", (off-p.start)/insnSize, text)
		off += insnSize
		if x.second != nil {
			off += insnSize
		}
	}
	return b.String()
}

// extOf returns the .BTF.ext records of a section, which it names: of several sections of that name, the first has them.
func (d *dumper) extOf(section uint32) *sectionInfo {
	if d.ext == nil {
		return nil
	}
	name := d.o.Sections[section].Name
	for i := range section {
		if d.o.Sections[i].Name == name {
			return nil
		}
	}
	return d.ext.sections[name]
}

// at returns the records of an instruction: they are those of the range, so that the text of faulty ones that share
// an offset with good ones or are out of order does not depend on luck.
func at(records []record, off uint64) []record {
	var found []record
	i, ok := slices.BinarySearchFunc(records, off, func(r record, off uint64) int { return cmp.Compare(uint64(r.off), off) })
	if ok {
		for ; i < len(records) && uint64(records[i].off) == off; i++ {
			found = append(found, records[i])
		}
	}
	return found
}

// loadsTypeID reports whether an instruction's immediate is the id of a type: a number without meaning, which the
// loader sets from the CO-RE relocation, whatever it was before (libbpf, bpf_core_calc_relo_insn).
func (s *sectionInfo) loadsTypeID(off uint64) bool {
	return s != nil && slices.ContainsFunc(at(s.relos, off), func(r record) bool { return r.kind == 6 || r.kind == 7 })
}

func (d *dumper) annotate(b *strings.Builder, info *sectionInfo, off uint64) {
	if info == nil {
		return
	}
	for _, r := range at(info.funcs, off) {
		fmt.Fprintf(b, "  ; func %s\n", d.btf.define(r.typ))
	}
	for _, r := range at(info.lines, off) {
		fmt.Fprintf(b, "  ; %s:%d:%d  %s\n", r.file, r.line, r.col, d.lineText(r.text))
	}
	for _, r := range at(info.relos, off) {
		fmt.Fprintf(b, "  ; CO-RE: %s %s of %s\n", coreKind(r.kind), r.text, d.btf.typeText(r.typ))
	}
}

// maxLine is how many bytes of a source line are printed. A line that a macro or a generator made can be as long as
// the object, and every one of its instructions has a record with the whole of it.
const maxLine = 200

// lineText shortens a source line to what a reader wants of it; a hash tells the rest of one from another's.
func (d *dumper) lineText(text string) string {
	if len(text) <= maxLine {
		return text
	}
	h, ok := d.longLines[text]
	if !ok {
		sum := fnv.New64a()
		sum.Write([]byte(text))
		h = sum.Sum64()
		if d.longLines == nil {
			d.longLines = map[string]uint64{}
		}
		d.longLines[text] = h
	}
	return fmt.Sprintf("%s... (%d bytes, %016x)", strings.ToValidUTF8(text[:maxLine], ""), len(text), h)
}

// stray prints the .BTF.ext records that belong to no instruction.
func (d *dumper) stray() {
	if d.ext == nil {
		return
	}
	var lost lines
	for name, info := range d.ext.sections {
		sec := slices.IndexFunc(d.o.Sections, func(s object.Section) bool { return s.Name == name && shown(&s) })
		if info.unsorted {
			lost = append(lost, name+": FAULT: records are not sorted")
		}
		for what, records := range map[string][]record{"func_info": info.funcs, "line_info": info.lines, "core_relo": info.relos} {
			for _, r := range records {
				if sec < 0 || !d.o.Sections[sec].Exec() {
					lost = append(lost, fmt.Sprintf("%s: %s for a section that is not there or no code", name, what))
				} else if r.off%insnSize != 0 || uint64(r.off) >= d.o.Sections[sec].Size {
					lost = append(lost, fmt.Sprintf("%s: %s at %#x, where no instruction is", name, what, r.off))
				} else if what == "func_info" && !d.startsFunction(uint32(sec), uint64(r.off)) {
					lost = append(lost, fmt.Sprintf("%s: func_info inside a function: %s", name, d.btf.define(r.typ)))
				}
			}
		}
	}
	lost.print(d, "stray records of .BTF.ext")
}

func (d *dumper) startsFunction(section uint32, off uint64) bool {
	i, ok := d.names.covering(section, off)
	return ok && d.o.Symbols[i].Type == object.TypeFunc && d.o.Symbols[i].Value == off
}

// jumpLabels numbers the targets of jumps inside a function, in their order.
func (d *dumper) jumpLabels(s *object.Section, p *piece) map[uint64]int {
	var targets []uint64
	for off := p.start; off+insnSize <= p.end; off += insnSize {
		raw := s.Data[off : off+insnSize]
		if raw[0] == opLoadImm64 {
			off += insnSize
			continue
		}
		if t, ok := d.jumpTarget(raw, off); ok && t >= p.start && t < p.end && !isNop(raw) {
			targets = append(targets, t)
		}
	}
	slices.Sort(targets)
	labels := map[uint64]int{}
	for i, t := range slices.Compact(targets) {
		labels[t] = i + 1
	}
	return labels
}

// isNop reports whether an instruction is `goto +0`.
func isNop(raw []byte) bool {
	return raw[0] == opJA && raw[1] == 0 && raw[2] == 0 && raw[3] == 0 && raw[4]|raw[5]|raw[6]|raw[7] == 0
}

// jumpTarget returns where a jump at off leads.
func (d *dumper) jumpTarget(raw []byte, off uint64) (uint64, bool) {
	class, op := raw[0]&7, raw[0]&0xf0
	if class != classJMP && class != classJMP32 || op == jmpCall || op == jmpExit {
		return 0, false
	}
	dist := int64(int16(d.o.Order.Uint16(raw[2:])))
	if raw[0] == opJAL {
		dist = word32(d.o.Order, raw)
	}
	return off + insnSize + uint64(dist*insnSize), true
}

// relocated returns the names of what the relocations of an instruction of n bytes stand for.
func (d *dumper) relocated(section uint32, off, n uint64, raw []byte) (name string, ok bool) {
	rels := d.names.relocs[section]
	i, _ := slices.BinarySearchFunc(rels, off, func(r object.Reloc, off uint64) int { return cmp.Compare(r.Offset, off) })
	var names []string
	for ; i < len(rels) && rels[i].Offset < off+n; i++ {
		names = append(names, d.insnTarget(rels[i], off, raw))
	}
	return strings.Join(names, " FAULT: and "), len(names) > 0
}

func (d *dumper) insnTarget(r object.Reloc, off uint64, raw []byte) string {
	imm := word32(d.o.Order, raw)
	switch {
	case r.Offset != off:
	case raw[0] == opCall && r.Type == reloc.Call32:
		return d.names.target(r.Sym, (imm+1)*insnSize)
	case raw[0] == opLoadImm64 && r.Type == reloc.LD64:
		return d.names.target(r.Sym, imm)
	}
	return fmt.Sprintf("FAULT: %s of %s", reloc.Name(r.Type), d.names.target(r.Sym, 0))
}
