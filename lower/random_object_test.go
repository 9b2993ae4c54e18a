package lower_test

import (
	"encoding/binary"
	"fmt"

	"github.com/bpfsdt/bpf-sdt-link/btfgen"
	"github.com/bpfsdt/bpf-sdt-link/code"
	"github.com/bpfsdt/bpf-sdt-link/notes"
	"github.com/bpfsdt/bpf-sdt-link/object"
	"github.com/bpfsdt/bpf-sdt-link/reloc"
)

// Sections and section symbols of the object of a random program, by index.
const (
	xdpSection = iota
	textSection
	notesSection
)

// object writes a random program as clang would: code, notes, BTF. It has a function rec_<probe> for each probe, which sites
// can be attached to.
func (p *randProgram) object(bo binary.ByteOrder) ([]byte, error) {
	im := &object.Image{Order: bo}
	secs := []object.ImageSection{
		{Name: "xdp", Type: object.SecProgbits, Flags: object.FlagAlloc | object.FlagExec, Align: 8},
		{Name: ".text", Type: object.SecProgbits, Flags: object.FlagAlloc | object.FlagExec, Align: 8},
		{Name: notes.Section, Type: object.SecProgbits, Align: 1},
	}
	for i := range secs { // the section symbols come first
		im.Symbols = append(im.Symbols, object.ImageSymbol{Type: object.TypeSection, Section: i})
	}
	b := btfgen.NewBuilder(bo)
	word, result := b.Int("unsigned long long", 8, 0), b.Int("int", 4, btfgen.Signed)
	ctx := b.Modify(btfgen.Ptr, b.Fwd("xdp_md"))
	records := []btfgen.CodeRecords{{Section: "xdp"}, {Section: ".text"}}
	starts := make([]uint64, len(p.funcs))
	add := func(name string, section int, bind uint8, linkage uint32, params []btfgen.Param, text []byte) uint64 {
		start := uint64(len(secs[section].Data))
		secs[section].Data = append(secs[section].Data, text...)
		im.Symbols = append(im.Symbols, object.ImageSymbol{Name: name, Bind: bind, Type: object.TypeFunc, Section: section, Value: start, Size: uint64(len(text))})
		id := b.Func(name, b.Proto(result, params), linkage)
		r := &records[section]
		r.Funcs = append(r.Funcs, btfgen.FuncRecord{Offset: uint32(start), Type: id})
		for off := 0; off < len(text); off = int(code.Next(text, uint64(off))) {
			if off == 0 || off%56 == 0 { // a line for every seventh instruction
				r.Lines = append(r.Lines, btfgen.LineRecord{Offset: uint32(int(start) + off), Line: btfgen.Line{File: "random.c", Line: uint32(1 + off/8), Column: 1}, Text: name})
			}
		}
		return start
	}
	for i, f := range p.funcs {
		if i == 0 {
			starts[i] = add(f.name, xdpSection, object.Global, btfgen.Global, []btfgen.Param{{Name: "ctx", Type: ctx}}, f.bytes(bo))
			continue
		}
		var params []btfgen.Param
		for k := range f.params {
			params = append(params, btfgen.Param{Name: fmt.Sprintf("a%d", k+1), Type: word})
		}
		starts[i] = add(f.name, textSection, object.Local, btfgen.Static, params, f.bytes(bo))
	}
	types := map[argType]uint32{}
	for _, probe := range p.probes {
		var params, named []btfgen.Param
		for k, t := range probe.types {
			if types[t] == 0 {
				signed := uint32(0)
				if t.signed {
					signed = btfgen.Signed
				}
				types[t] = b.Int(t.name, t.size, signed)
			}
			params = append(params, btfgen.Param{Type: types[t]})
			named = append(named, btfgen.Param{Name: fmt.Sprintf("a%d", k+1), Type: types[t]})
		}
		v := b.Var(notes.TypePrefix+probe.name, b.Modify(btfgen.Const, b.Modify(btfgen.Ptr, b.Proto(0, params))), btfgen.Static)
		b.Tag(fmt.Sprintf("%s%s:%d", notes.TagPrefix, probe.name, len(probe.types)), v)
		add("rec_"+probe.name, textSection, object.Local, btfgen.Static, named, (&randFunc{insns: []uint64{0xb7, 0x95}}).bytes(bo))
	}
	for i, f := range p.funcs {
		section := textSection
		if i == 0 {
			section = xdpSection
		}
		p.relocate(bo, &secs[section], f, starts)
		p.note(bo, im, &secs[notesSection], f, section, starts[i])
	}
	ext := b.Ext(records...)
	im.Sections = append(secs, object.ImageSection{Name: ".BTF", Type: object.SecProgbits, Align: 4, Data: b.Types()},
		object.ImageSection{Name: ".BTF.ext", Type: object.SecProgbits, Align: 4, Data: ext})
	return im.Write()
}

// relocate enters the relocations of a function's calls, against the symbol of .text.
func (p *randProgram) relocate(bo binary.ByteOrder, sec *object.ImageSection, f *randFunc, starts []uint64) {
	start := starts[0]
	for i := range p.funcs {
		if p.funcs[i] == f {
			start = starts[i]
		}
	}
	for at := range f.insns {
		off := start + uint64(at*code.InsnSize)
		if to, ok := f.calls[at]; ok {
			bo.PutUint32(sec.Data[off+4:], uint32(starts[to]/8-1))
			sec.Relocs = append(sec.Relocs, object.ImageReloc{Offset: off, Type: reloc.Call32, Sym: textSection})
		}
		if to, ok := f.addrs[at]; ok {
			bo.PutUint32(sec.Data[off+4:], uint32(starts[to]))
			sec.Relocs = append(sec.Relocs, object.ImageReloc{Offset: off, Type: reloc.LD64, Sym: textSection})
		}
	}
}

// note enters the notes of a function's sites.
func (p *randProgram) note(bo binary.ByteOrder, im *object.Image, sec *object.ImageSection, f *randFunc, section int, start uint64) {
	for _, s := range f.sites {
		at := uint64(len(sec.Data))
		im.Symbols = append(im.Symbols, object.ImageSymbol{Name: fmt.Sprintf("%s%s.%d", notes.LabelPrefix, p.probes[s.probe].name, len(im.Symbols)),
			Section: notesSection, Value: at})
		sec.Relocs = append(sec.Relocs, object.ImageReloc{Offset: at, Type: reloc.Abs64, Sym: uint32(section)})
		sec.Data = append(sec.Data, make([]byte, 8)...)
		bo.PutUint64(sec.Data[at:], start+uint64(s.insn*code.InsnSize))
		moves := &randFunc{}
		for i, r := range s.regs {
			moves.insns = append(moves.insns, 0xbf|uint64(r<<4|uint8(i+1))<<8)
		}
		sec.Data = append(sec.Data, moves.bytes(bo)...)
	}
}
