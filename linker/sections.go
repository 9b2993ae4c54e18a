package linker

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/bpfsdt/bpf-sdt-link/code"
	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/notes"
	"github.com/bpfsdt/bpf-sdt-link/object"
)

// once names the sections of which an object has one copy, however many inputs bring it.
func once(name string) bool { return name == "license" || name == "version" }

// jumpTables is the section of clang's jump tables. Each holds 64-bit byte offsets from the start
// of the code section that uses it, and nothing but that use tells which section that is.
const jumpTables = ".jumptables"

// groupSections decides which input sections go into which output section.
func (l *link) groupSections() error {
	for _, u := range l.units {
		l.groupUnit(u)
	}
	return nil
}

func (l *link) groupUnit(u *unit) {
	u.secs = make([]placement, len(u.Obj.Sections))
	l.dropGroups(u)
	for i := range u.Obj.Sections {
		u.secs[i].out = -1
		s := &u.Obj.Sections[i]
		switch {
		case u.dropped[i] != nil:
		case object.Carried(s):
			l.groupSection(u, i)
		case !l.known(s):
			l.log.Add(diag.Errorf("section", diag.Place{Object: u.Obj.Name, Section: s.Name},
				"section '%s' %s, which BPF objects do not use", s.Name, sectionKind(s.Type)))
		}
	}
}

// sectionKind names a section type that is refused.
func sectionKind(typ uint32) string {
	kinds := map[uint32]string{14: "holds constructors", 15: "holds destructors", 16: "holds constructors"}
	if k, ok := kinds[typ]; ok {
		return k
	}
	return fmt.Sprintf("has type %#x", typ)
}

// known reports whether a section that is not carried is one of those that need not be.
func (l *link) known(s *object.Section) bool {
	switch s.Type {
	case object.SecNull, object.SecProgbits, object.SecNobits, object.SecSymtab, object.SecStrtab, object.SecRel, object.SecGroup:
		return true
	}
	return s.Type >= object.SecLLVMFirst && s.Type <= object.SecLLVMLast
}

func (l *link) groupSection(u *unit, i int) {
	s := &u.Obj.Sections[i]
	at := diag.Place{Object: u.Obj.Name, Section: s.Name}
	if s.Name == "" {
		l.log.Add(diag.Errorf("section", at, "section #%d has no name", i))
		return
	}
	if s.Exec() && s.Size%object.InsnSize != 0 {
		l.log.Add(diag.Errorf("section", at, "code section of %d bytes, no multiple of %d", s.Size, object.InsnSize))
		return
	}
	if s.Flags&object.FlagCompressed != 0 {
		l.log.Add(diag.Errorf("section", at, "section is compressed, and no loader undoes that"))
		return
	}
	name := s.Name
	if s.Exec() && code.Text(name) {
		name = ".text" // the only section that libbpf takes subprograms from
	}
	if s.Flags&object.FlagGroup != 0 {
		name = ungrouped(name)
	}
	if s.Exec() && l.opts.Observers {
		name = fentrySection(name)
	}
	n, ok := l.outByName[name]
	if !ok {
		n = int32(len(l.out))
		l.outByName[name] = n
		l.out = append(l.out, &outSection{name: name, typ: s.Type, flags: s.Flags &^ object.FlagLinkOrder &^ object.FlagGroup, align: s.Align,
			entsize: s.Entsize, notes: s.Name == notes.Section, symbol: -1})
	}
	u.secs[i].out = n
	o := l.out[n]
	if len(o.parts) > 0 {
		if once(s.Name) {
			l.compareWithKept(u, i, o)
			u.secs[i].copy = true
		}
		l.mergeHeader(u, i, o)
		if u.secs[i].copy {
			return
		}
	}
	o.parts = append(o.parts, part{u, i})
}

// fentrySection is the section that makes an fentry program of an observer: "fentry" for "bpf_sdt", "fentry/x" for
// "bpf_sdt/x". A question mark in front, by which libbpf leaves a program out at first, stays.
func fentrySection(name string) string {
	bare := strings.TrimPrefix(name, "?")
	if rest, ok := strings.CutPrefix(bare, observerSection); ok && (rest == "" || rest[0] == '/') {
		return name[:len(name)-len(bare)] + "fentry" + rest
	}
	return name
}

// observerSection is the section of observers for a kernel that has the RFC.
const observerSection = "bpf_sdt"

// compareWithKept compares a second license or version with the first.
func (l *link) compareWithKept(u *unit, i int, o *outSection) {
	kept := o.parts[0]
	a, b := kept.unit.Obj.Sections[kept.section].Data, u.Obj.Sections[i].Data
	if !bytes.Equal(a, b) {
		l.log.Add(diag.Errorf("license", diag.Place{Object: u.Obj.Name, Section: o.name}, "the %s is %s here and %s in another object", o.name, l.contents(o.name, b), l.contents(o.name, a)).
			With(diag.Place{Object: kept.unit.Obj.Name, Section: o.name}, "the other").
			WithHint("give all objects the same %s", o.name))
	}
}

// contents shows what a license or a version is.
func (l *link) contents(section string, b []byte) string {
	if section == "license" {
		return "'" + string(bytes.TrimRight(b, "\x00")) + "'"
	}
	if len(b) == 4 {
		return fmt.Sprint(l.order.Uint32(b))
	}
	return fmt.Sprintf("bytes % x", b)
}

// mergeHeader joins type and flags of one more input section into its output section's.
func (l *link) mergeHeader(u *unit, i int, o *outSection) {
	s := &u.Obj.Sections[i]
	if (s.Flags^o.flags)&object.FlagExec != 0 {
		first := o.parts[0].unit
		word := map[bool]string{true: "code", false: "data"}
		l.log.Add(diag.Errorf("section", diag.Place{Object: u.Obj.Name, Section: s.Name}, "section '%s' holds %s here and %s in another object", s.Name, word[s.Exec()], word[o.exec()]).
			With(diag.Place{Object: first.Obj.Name, Section: s.Name}, "the other"))
		return
	}
	if s.Type == object.SecProgbits {
		o.typ = object.SecProgbits // with bytes on one side, the other's zeros are written out
	}
	mergeable := uint64(object.FlagMerge | object.FlagStrings)
	if s.Flags&mergeable != o.flags&mergeable || s.Entsize != o.entsize {
		o.flags, o.entsize = o.flags&^mergeable, 0
	}
	o.flags |= s.Flags & (object.FlagWrite | object.FlagAlloc | object.FlagRetain)
}

// layOut gives every part its place in its output section. A part starts at a multiple of the
// strictest alignment so far; the gap is zero.
func (l *link) layOut() error {
	for _, o := range l.out {
		if o.exec() {
			o.align = max(o.align, object.InsnSize)
		}
		if o.notes {
			l.layOutNotes(o)
			continue
		}
		for _, p := range o.parts {
			s, at := &p.unit.Obj.Sections[p.section], &p.unit.secs[p.section]
			o.align = max(o.align, s.Align)
			at.start = (o.size + o.align - 1) &^ (o.align - 1)
			o.size = at.start + at.edit.Size(s.Size)
		}
	}
	left := uint64(maxPadding)
	for _, o := range l.out {
		left = l.checkPadding(o, left)
	}
	for _, u := range l.units {
		for i := range u.secs {
			if p := &u.secs[i]; p.copy {
				first := l.out[p.out].parts[0]
				p.start = first.unit.secs[first.section].start
			}
		}
	}
	return nil
}

// maxPadding is how many zero bytes, for alignment or for a .bss among .data, are written out
// without a question, in all sections together.
const maxPadding = 64 << 20

// checkPadding refuses output that is mostly zeros: a few bytes of input must not make gigabytes. It returns how many
// zeros are left of those that may be.
func (l *link) checkPadding(o *outSection, left uint64) uint64 {
	if o.typ == object.SecNobits || o.notes {
		return left
	}
	given := uint64(0)
	for _, p := range o.parts {
		given += uint64(len(p.unit.Obj.Sections[p.section].Data))
	}
	zeros := o.size - min(given, o.size)
	if zeros > left {
		first := o.parts[0]
		l.log.Add(diag.Errorf("section", diag.Place{Object: first.unit.Obj.Name, Section: o.name},
			"section takes %d bytes in the output, of which the inputs hold %d: too many zeros to write out", o.size, given))
		return left
	}
	return left - zeros
}

// place returns the position in the output of a position in an input section, and whether what
// stands there stays. The section must be carried.
func (u *unit) place(section int, off uint64) (uint64, bool) {
	p := &u.secs[section]
	at, stays := p.edit.At(off)
	return p.start + at, stays
}

// placeInsn is place for an instruction: where code is put in front of it, it is behind that.
func (u *unit) placeInsn(section int, off uint64) (uint64, bool) {
	p := &u.secs[section]
	at, stays := p.edit.Insn(off)
	return p.start + at, stays
}

// origin turns a place in the output into the place in the input that it comes from.
func (l *link) origin(at diag.Place) diag.Place {
	n, ok := l.outByName[at.Section]
	if !ok || !at.HasOffset {
		return at
	}
	if p, off, ok := l.out[n].partAt(at.Offset); ok {
		at.Object, at.Offset = p.unit.Obj.Name, off
	}
	return at
}

// partAt returns the input section that a place of an output section comes from, and the place there.
func (o *outSection) partAt(at uint64) (p part, off uint64, ok bool) {
	i, _ := slices.BinarySearchFunc(o.parts, at, func(p part, off uint64) int {
		if p.unit.secs[p.section].start <= off {
			return -1
		}
		return 1
	})
	if i == 0 {
		return p, 0, false
	}
	p = o.parts[i-1]
	pl := &p.unit.secs[p.section]
	return p, pl.edit.Before(at - pl.start), true
}
