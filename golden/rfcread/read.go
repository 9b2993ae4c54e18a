// Package rfcread reads the probes of a BPF object by the rules of the loader in the kernel RFC
// "bpf: Introduce static-defined tracing probe for BPF", and lists the rules that are broken. It
// exists to hold the linker's output against something that shares no code with the linker: it
// uses the standard library only and stays small enough to be checked by reading it.
package rfcread

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
)

const (
	notesSection = ".bpf_sdt_notes"
	labelPrefix  = "___sdt_jt_"
	absolute64   = 2 // R_BPF_64_ABS64
	maxArgs      = 5
	insnSize     = 8
	opMove       = 0xbf // BPF_ALU64 | BPF_MOV | BPF_X
)

// nop is what stands at a site while no observer is attached: goto +0.
var nop = []byte{0x05, 0, 0, 0, 0, 0, 0, 0}

// Probe is one site of a probe.
type Probe struct {
	Name     string   `json:"name"`
	Section  string   `json:"section"`
	Function string   `json:"function"` // "" if none or several hold the site
	Insn     uint64   `json:"insn"`     // index of the NOP in Section, in instructions
	Nargs    int      `json:"nargs"`
	Regs     []int    `json:"regs"`  // the register of each argument
	Types    []string `json:"types"` // nil unless there is exactly one declaration
}

// Read returns the probe sites of an object, sorted by section name and position, and the rules
// that the object breaks, one line each. The error says that it cannot be read at all.
func Read(data []byte) ([]Probe, []string, error) {
	o, err := parse(data)
	if err != nil {
		return nil, nil, err
	}
	r := &reader{bo: o.bo}
	decls := map[string][]declaration{}
	notes, count := -1, 0
	btfSeen := false
	for i := range o.sections {
		switch o.sections[i].name {
		case ".BTF":
			if btfSeen {
				continue
			}
			btfSeen = true
			if decls, err = r.declarations(o.sections[i].data); err != nil {
				return nil, nil, err
			}
		case notesSection:
			if count++; notes < 0 {
				notes = i
			}
		}
	}
	if notes < 0 {
		return nil, r.bad, nil
	}
	if count > 1 {
		r.violate("more than one %s", notesSection)
	}
	probes := r.notes(o, notes, decls)
	slices.SortStableFunc(probes, func(a, b Probe) int {
		return cmp.Or(cmp.Compare(a.Section, b.Section), cmp.Compare(a.Insn, b.Insn))
	})
	return probes, r.bad, nil
}

// entry is a record of the notes: the bytes from its label to the next one.
type entry struct {
	name       string
	start, end uint64
	local      bool
}

// entries cuts the notes at their labels.
func (r *reader) entries(o *file, notes int) []entry {
	var es []entry
	for i := range o.symbols {
		y := &o.symbols[i]
		if int(y.section) == notes && strings.HasPrefix(y.name, labelPrefix) {
			es = append(es, entry{name: y.name[len(labelPrefix):], start: y.value, local: y.bind == 0})
		}
	}
	slices.SortStableFunc(es, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.name, b.name))
	})
	size := o.sections[notes].size
	if len(es) == 0 && size > 0 {
		r.violate("notes without symbols")
	}
	if len(es) > 0 && es[0].start != 0 {
		r.violate("bytes before the first entry")
	}
	for i := range es {
		es[i].end = size
		if i+1 < len(es) {
			es[i].end = es[i+1].start
			if es[i].end == es[i].start {
				r.violate("two symbols at one entry")
			}
		}
	}
	return es
}

func (r *reader) notes(o *file, notes int, decls map[string][]declaration) []Probe {
	es := r.entries(o, notes)
	rels := o.relocations(notes)
	starts := map[uint64]bool{}
	for _, e := range es {
		starts[e.start] = true
	}
	for _, off := range slices.Sorted(func(yield func(uint64) bool) {
		for off := range rels {
			if !yield(off) {
				return
			}
		}
	}) {
		if !starts[off] {
			r.violate("relocation at %#x is on no entry", off)
		}
	}
	var probes []Probe
	for _, e := range es {
		if p, ok := r.site(o, o.sections[notes].data, e, rels[e.start]); ok {
			r.declared(&p, decls[e.name])
			probes = append(probes, p)
		}
	}
	return probes
}

// site reads one entry; false means that it is too broken to say where the site is.
func (r *reader) site(o *file, notes []byte, e entry, rels []relocation) (Probe, bool) {
	length := e.end - e.start
	body, err := slice(notes, e.start, length)
	if err != nil || e.end < e.start || length%insnSize != 0 || length < insnSize || length > insnSize*(maxArgs+1) {
		r.violate("%s: entry of %d bytes", e.name, int64(length))
		return Probe{}, false
	}
	if !e.local {
		r.violate("%s: symbol is not local", e.name)
	}
	if len(rels) != 1 || rels[0].typ != absolute64 || int64(rels[0].sym) >= int64(len(o.symbols)) {
		r.violate("%s: relocation %v", e.name, rels)
		return Probe{}, false
	}
	target := &o.symbols[rels[0].sym]
	if target.section == 0 || int(target.section) >= len(o.sections) {
		r.violate("%s: relocation against no section", e.name)
		return Probe{}, false
	}
	code := &o.sections[target.section]
	if code.flags&shfExec == 0 {
		r.violate("%s: %s is not executable", e.name, code.name)
	}
	if target.value != 0 {
		r.violate("%s: relocation symbol %q is not at the section start", e.name, target.name)
	}
	pos := o.bo.Uint64(body)
	insn, err := slice(code.data, pos, insnSize)
	if err != nil || pos%insnSize != 0 {
		r.violate("%s: offset %#x outside %s", e.name, pos, code.name)
		return Probe{}, false
	}
	if !bytes.Equal(insn, nop) {
		r.violate("%s: no NOP at %s+%#x: %x", e.name, code.name, pos, insn)
	}
	p := Probe{Name: e.name, Section: code.name, Insn: pos / insnSize, Nargs: len(body)/insnSize - 1, Regs: []int{}}
	for arg := range p.Nargs {
		p.Regs = append(p.Regs, r.register(o, e.name, arg, body[insnSize*(arg+1):insnSize*(arg+2)]))
	}
	var owners []string
	for i := range o.symbols {
		y := &o.symbols[i]
		if y.typ == sttFunc && y.section == target.section && y.value <= pos && pos-y.value < y.size {
			owners = append(owners, y.name)
		}
	}
	if len(owners) == 1 {
		p.Function = owners[0]
	} else {
		if len(owners) > 0 {
			p.Function = owners[0]
		}
		r.violate("%s: owned by functions %q", e.name, owners)
	}
	return p, true
}

// register reads the `r<arg+1> = rX` of an argument and returns X.
func (r *reader) register(o *file, name string, arg int, insn []byte) int {
	dst, src := int(insn[1]&15), int(insn[1]>>4)
	if o.bo.String() == "BigEndian" { // the two registers are a bit field, whose order the byte order decides
		dst, src = src, dst
	}
	if insn[0] != opMove || dst != arg+1 || src > 10 || !bytes.Equal(insn[2:], nop[2:]) {
		r.violate("%s: arg %d insn %x", name, arg, insn)
	}
	return src
}

func (r *reader) declared(p *Probe, decls []declaration) {
	if len(decls) != 1 {
		r.violate("%s: %d declarations in BTF", p.Name, len(decls))
		return
	}
	p.Types = decls[0].types
	if decls[0].nargs != p.Nargs || len(p.Types) != p.Nargs {
		r.violate("%s: declared with %d and %q, sited with %d", p.Name, decls[0].nargs, p.Types, p.Nargs)
	}
}

// String is a site in one line.
func (p Probe) String() string {
	return fmt.Sprintf("%s(%s) at %s in %s, insn %d, %v", p.Name, strings.Join(p.Types, ", "), p.Function, p.Section, p.Insn, p.Regs)
}
