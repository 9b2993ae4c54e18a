package linker

import (
	"cmp"
	"errors"
	"slices"

	"github.com/bpfsdt/bpf-sdt-link/code"
	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/object"
	"github.com/bpfsdt/bpf-sdt-link/reloc"
)

// relocate writes the contents of the output's sections, with every addend adjusted, and their
// relocations.
func (l *link) relocate() error {
	l.makeSymbols()
	for n, o := range l.out {
		switch {
		case o.notes:
			l.writeNotes(o)
			continue
		case o.typ == object.SecNobits:
			l.relocateNobits(o)
			continue
		}
		o.data = make([]byte, o.size)
		relocs := 0
		for _, p := range o.parts {
			l.copyPart(o, p)
			relocs += len(p.unit.Obj.Sections[p.section].Relocs)
		}
		o.relocs = make([]object.ImageReloc, 0, relocs)
		if l.log.Failed() {
			continue
		}
		for _, p := range o.parts {
			l.relocatePart(int32(n), p)
		}
	}
	if l.log.Failed() {
		return nil
	}
	l.dropSectionSymbols()
	for _, u := range l.units {
		l.moveJumpTables(u)
	}
	l.release()
	return nil
}

// release lets go of the contents of inputs, which the output has now. In a large link, memory is what decides.
func (l *link) release() {
	for _, u := range l.units {
		for i := range u.Obj.Sections {
			u.Obj.Sections[i].Data, u.Obj.Sections[i].Relocs = nil, nil
		}
	}
}

// dropSectionSymbols takes back the symbols of sections that no relocation names after all.
func (l *link) dropSectionSymbols() {
	for _, o := range l.out {
		l.symbols[o.symbol].skip = true
	}
	for _, o := range l.out {
		for i := range o.relocs {
			if s := &l.symbols[o.relocs[i].Sym]; s.Type == object.TypeSection {
				s.skip = false
			}
		}
	}
}

// relocateNobits refuses relocations of zeros, which nothing could apply.
func (l *link) relocateNobits(o *outSection) {
	for _, p := range o.parts {
		if rels := p.unit.Obj.Sections[p.section].Relocs; len(rels) > 0 {
			at := diag.Place{Object: p.unit.Obj.Name, Symbol: p.unit.Obj.SymbolLabel(rels[0].Sym)}.At(o.name, rels[0].Offset)
			l.log.Add(diag.Errorf("relocation", at, "relocation of a section without contents"))
		}
	}
}

// copyPart copies an input section to its place, without what is cut.
func (l *link) copyPart(o *outSection, p part) {
	s, at := &p.unit.Obj.Sections[p.section], &p.unit.secs[p.section]
	if at.edit == nil {
		copy(o.data[at.start:], s.Data)
		return
	}
	relocated := make(map[uint64]bool, len(s.Relocs))
	for _, r := range s.Relocs {
		relocated[r.Offset] = true
	}
	data, err := at.edit.Apply(l.order, s.Data, func(off uint64) bool { return relocated[off] }, at.long)
	var dangling *code.DanglingError
	if errors.As(err, &dangling) {
		l.log.Add(diag.Errorf("relocation", p.unit.codePlace(p.section, dangling.Offset), "an instruction refers to a weak function that another object overrides, past its symbol").
			With(p.unit.codePlace(p.section, dangling.Target), "the overridden function"))
		return
	}
	if err != nil {
		l.log.Add(diag.Errorf("relocation", p.unit.codePlace(p.section, 0), "%s", err))
		return
	}
	copy(o.data[at.start:], data)
}

// relocatePart adjusts the addends of one input section and carries its relocations over.
func (l *link) relocatePart(n int32, p part) {
	u, o := p.unit, l.out[n]
	s := &u.Obj.Sections[p.section]
	first := len(o.relocs)
	if off, ok := relocatedTwice(s.Relocs); ok {
		l.log.Add(diag.Errorf("relocation", u.codePlace(p.section, off), "two relocations of one place"))
		return
	}
	for _, r := range s.Relocs {
		off, stays := u.placeInsn(p.section, r.Offset)
		if !stays || u.inLostMap(p.section, r.Offset) {
			continue
		}
		fail := func(format string, args ...any) {
			at := u.codePlace(p.section, r.Offset)
			if !s.Exec() {
				at.Symbol = u.Obj.SymbolLabel(r.Sym)
			}
			l.log.Add(diag.Errorf("relocation", at, format, args...))
		}
		f, err := reloc.Classify(r.Type, s.Exec(), s.Data, r.Offset)
		if err != nil {
			fail("%s", err)
			continue
		}
		size := f.Size()
		if _, stays := u.place(p.section, r.Offset+size-1); !stays {
			fail("%s runs into a function that is removed", reloc.Name(r.Type))
			continue
		}
		if to := l.functionByOffset(u, r.Sym, f); s.Exec() && to != nil {
			y := l.symbols[to.symbol].ImageSymbol
			addend := f.Addend(l.order, s.Data, r.Offset, 0)
			if at := int64(y.Value) + addend; at < 0 || uint64(at) >= l.out[y.Section].size {
				fail("%s against '%s'%+#x, which is outside of the section", reloc.Name(r.Type), to.name, addend)
				continue
			}
			if err := f.SetAddend(l.order, o.data, off, int64(y.Value)+addend); err != nil {
				fail("%s against '%s': %s", reloc.Name(r.Type), to.name, err)
				continue
			}
			o.relocs = append(o.relocs, object.ImageReloc{Offset: off, Type: r.Type, Sym: uint32(l.sectionSymbol(int32(y.Section)))})
			continue
		}
		sym := l.targetSymbol(u, r.Sym)
		if sym < 0 {
			fail("relocation against '%s', %s", u.Obj.SymbolLabel(r.Sym), l.whyGone(u, r.Sym))
			continue
		}
		if y := &u.Obj.Symbols[r.Sym]; y.Type == object.TypeSection {
			to := int(y.Section)
			old := f.Addend(l.order, s.Data, r.Offset, u.Obj.Sections[to].Size)
			if target := &u.Obj.Sections[to]; target.Exec() && (old < 0 || uint64(old) >= target.Size) {
				fail("%s against '%s'%+#x, which is outside of the section", reloc.Name(r.Type), target.Name, old)
				continue
			}
			if by, ok := u.replaced[codePoint{to, uint64(old)}]; ok {
				sym, moved := l.calleeSymbol(by)
				if err := f.SetAddend(l.order, o.data, off, moved); err != nil {
					fail("%s against '%s': %s", reloc.Name(r.Type), u.Obj.SymbolLabel(r.Sym), err)
					continue
				}
				o.relocs = append(o.relocs, object.ImageReloc{Offset: off, Type: r.Type, Sym: uint32(sym)})
				continue
			}
			moved, stays := u.moveAddend(to, old)
			if !stays && !s.Exec() && !u.startsFunction(to, uint64(old)) {
				clear(o.data[off : off+size]) // a table of labels of a function that is gone
				continue
			}
			if !stays {
				fail("reference to '%s'+%#x, the body of a weak function that another object overrides", u.Obj.Sections[to].Name, old)
				continue
			}
			if err := f.SetAddend(l.order, o.data, off, moved); err != nil {
				fail("%s against '%s': %s", reloc.Name(r.Type), u.Obj.SymbolLabel(r.Sym), err)
				continue
			}
		}
		o.relocs = append(o.relocs, object.ImageReloc{Offset: off, Type: r.Type, Sym: uint32(sym)})
	}
	if l.relocateCalls(n, p) {
		slices.SortStableFunc(o.relocs[first:], func(a, b object.ImageReloc) int { return cmp.Compare(a.Offset, b.Offset) })
	}
}

// relocatedTwice returns a place that has two relocations: the addend of one would be taken for that of the other.
func relocatedTwice(rels []object.Reloc) (off uint64, ok bool) {
	byOffset := func(a, b object.Reloc) int { return cmp.Compare(a.Offset, b.Offset) }
	if !slices.IsSortedFunc(rels, byOffset) {
		rels = slices.SortedFunc(slices.Values(rels), byOffset)
	}
	for i := 1; i < len(rels); i++ {
		if rels[i].Offset == rels[i-1].Offset {
			return rels[i].Offset, true
		}
	}
	return 0, false
}

// functionByOffset returns the function of .text whose address a relocation takes, if it is to be referred to
// by section and offset, as clang refers to static ones: cilium/ebpf 0.22 looks for what such a
// relocation names at the offset in the immediate, not at the symbol's value, and takes another function.
// A weak function keeps its symbol, as a later link may override it.
func (l *link) functionByOffset(u *unit, sym uint32, f reloc.Field) *global {
	n := u.global[sym]
	if n == noGlobal {
		return nil
	}
	g := &l.globals[n]
	if g.def == nil || f != reloc.Imm64 && (f != reloc.Call || !g.local) { // cilium/ebpf knows calls of locals by section only
		return nil
	}
	if g.symbol < 0 {
		return nil // it is removed
	}
	y := &l.symbols[g.symbol].ImageSymbol
	if y.Type != object.TypeFunc || y.Section < 0 || y.Bind == object.Weak || l.out[y.Section].name != ".text" {
		return nil
	}
	return g
}

// moveAddend turns an offset from the start of an input section into one from the start of its output
// section. An offset can lie outside the section, as the address of an array's element -1 does.
func (u *unit) moveAddend(section int, old int64) (int64, bool) {
	p := &u.secs[section]
	if old < 0 || p.edit == nil {
		return old + int64(p.start), true
	}
	move := p.edit.At
	if u.Obj.Sections[section].Exec() && !u.startsFunction(section, uint64(old)) {
		move = p.edit.Jump // a label
	}
	at, stays := move(uint64(old))
	return int64(p.start + at), stays
}

// startsFunction reports whether a function starts at a position.
func (u *unit) startsFunction(section int, off uint64) bool {
	g := u.functions()
	f := g.At(section, off)
	return f >= 0 && g.Funcs[f].Start == off
}

// whyGone says why a symbol is not in the output.
func (l *link) whyGone(u *unit, i uint32) string {
	s := &u.Obj.Symbols[i]
	if s.Defined() && u.secs[s.Section].out < 0 {
		return "which is in section '" + u.Obj.Sections[s.Section].Name + "' and that is not linked"
	}
	return "which is removed"
}

// moveJumpTables adjusts the entries of clang's jump tables to where the code went that uses them.
func (l *link) moveJumpTables(u *unit) {
	users := map[uint32]part{} // symbol of a table -> the section that uses it
	moved := map[uint64]bool{} // places in the output of entries that are done
	for si := range u.Obj.Sections {
		s := &u.Obj.Sections[si]
		if u.secs[si].out < 0 || !s.Exec() {
			continue
		}
		for _, r := range s.Relocs {
			y := &u.Obj.Symbols[r.Sym]
			if !y.Defined() || y.Type == object.TypeSection || u.Obj.Sections[y.Section].Name != jumpTables || u.secs[y.Section].out < 0 {
				continue
			}
			if _, stays := u.place(si, r.Offset); !stays {
				continue
			}
			if p, ok := users[r.Sym]; ok {
				if p.section != si {
					l.log.Add(diag.Errorf("jump-table", u.codePlace(si, r.Offset), "jump table '%s' is used by two sections", y.Name))
				}
				continue
			}
			users[r.Sym] = part{u, si}
			l.moveJumpTable(u, si, r, y, moved)
		}
	}
}

func (l *link) moveJumpTable(u *unit, si int, r object.Reloc, table *object.Symbol, moved map[uint64]bool) {
	fn := u.functions().At(si, r.Offset)
	bad := func(i uint64, entry uint64) {
		l.log.Add(diag.Errorf("jump-table", diag.Place{Object: u.Obj.Name, Symbol: table.Name}.At(jumpTables, table.Value+8*i),
			"entry %d of the jump table is %#x, which is not in the function that uses it", i, entry).
			With(u.codePlace(si, r.Offset), "the use of the table"))
	}
	start, _ := u.place(int(table.Section), table.Value)
	o := l.out[u.secs[table.Section].out]
	if o.typ != object.SecProgbits {
		bad(0, 0)
		return
	}
	data := o.data[start:]
	for i := range table.Size / 8 {
		if at := start + 8*i; moved[at/8] || moved[(at+7)/8] { // a second time it would go somewhere else
			l.log.Add(diag.Errorf("jump-table", u.codePlace(si, r.Offset), "jump table '%s' shares entries with another", table.Name))
			return
		}
		moved[(start+8*i)/8], moved[(start+8*i+7)/8] = true, true
		entry := l.order.Uint64(data[8*i:])
		at, stays := u.secs[si].edit.Jump(entry)
		at += u.secs[si].start
		if f := u.functions().Funcs; fn < 0 || entry < f[fn].Start || entry >= f[fn].End || !stays {
			bad(i, entry)
			return
		}
		l.order.PutUint64(data[8*i:], at)
	}
}
