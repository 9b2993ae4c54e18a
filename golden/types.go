package golden

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bpfsdt/bpf-sdt-link/object"
)

// typeOrder is the order in which the text has the kinds of named types.
var typeOrder = []uint32{
	kindInt, kindFloat, kindEnum, kindEnum64, kindFwd, kindStruct, kindUnion, kindTypedef, kindFunc,
}

// named reports whether a type is one that others refer to by its name, so that it has a definition of its own.
func (t *btfType) named() bool {
	switch t.kind {
	case kindStruct, kindUnion, kindEnum, kindEnum64:
		return t.name != ""
	case kindInt, kindFloat, kindTypedef, kindFwd, kindFunc:
		return true
	}
	return false
}

// sameName is the types of one kind and name, one of each class.
type sameName struct{ ids []uint32 }

// maxLabelRounds bounds how often numberNames looks for a difference below types that look alike.
const maxLabelRounds = 8

// numberNames gives classes of types that share a kind and a name a number each, in the order of their text. Texts that
// are equal but for what types they refer to are told apart by the numbers of those.
func (b *btf) numberNames() {
	groups := b.sameNames()
	b.label = map[int]string{}
	for range maxLabelRounds {
		next, texts := map[int]string{}, map[uint32]string{}
		for _, g := range groups {
			for _, id := range g.ids {
				texts[id] = b.define(id)
			}
			slices.SortStableFunc(g.ids, func(x, y uint32) int { return cmp.Compare(texts[x], texts[y]) })
			rank := 0
			for i, id := range g.ids {
				if i == 0 || texts[id] != texts[g.ids[i-1]] {
					rank = i + 1
				}
				next[b.class[id]] = fmt.Sprintf("#%d", rank)
			}
		}
		if maps.Equal(next, b.label) {
			break
		}
		b.label = next
	}
	for _, g := range groups { // the rest differs too deep below
		for i, id := range g.ids {
			b.label[b.class[id]] = fmt.Sprintf("#%d", i+1)
		}
	}
}

// sameNames lists the names that several classes of types have. Functions are left out: only .BTF.ext and tags refer
// to them, and both show all of it.
func (b *btf) sameNames() []*sameName {
	type key struct {
		kind uint32
		name string
	}
	byName := map[key]*sameName{}
	seen := map[int]bool{}
	var groups []*sameName
	for id := 1; id < len(b.types); id++ {
		t := &b.types[id]
		if c := b.class[id]; !t.named() || t.kind == kindFunc || seen[c] {
			continue
		}
		seen[b.class[id]] = true
		k := key{t.kind, t.name}
		g := byName[k]
		if g == nil {
			g = &sameName{}
			byName[k] = g
		}
		if g.ids = append(g.ids, uint32(id)); len(g.ids) == 2 {
			groups = append(groups, g)
		}
	}
	return groups
}

// tags returns the declaration tags of types, by type id.
func (b *btf) tags() map[uint32][]string {
	tags := map[uint32][]string{}
	for id := range b.types {
		t := &b.types[id]
		if t.kind != kindDeclTag {
			continue
		}
		text := fmt.Sprintf("tag %q", t.name)
		if t.flag {
			text = fmt.Sprintf("attribute %q", t.name)
		}
		if c := int32(t.extra); c != -1 {
			text += fmt.Sprintf(" on component %d", c)
		}
		tags[t.ref] = append(tags[t.ref], text)
	}
	for _, t := range tags {
		slices.Sort(t)
	}
	return tags
}

// lines collects definitions and prints them sorted, equal ones once with their number.
type lines []string

func (l lines) print(d *dumper, title string) {
	if len(l) == 0 {
		return
	}
	slices.Sort(l)
	d.printf("\n%s\n", title)
	for i := 0; i < len(l); {
		n := i
		for n < len(l) && l[n] == l[i] {
			n++
		}
		first, rest, more := strings.Cut(l[i], "\n")
		d.printf("  %s", first)
		if n-i > 1 {
			d.printf("  x%d", n-i)
		}
		if more {
			d.printf("\n%s", rest)
		}
		d.printf("\n")
		i = n
	}
}

// withTags adds the tags of a type to its definition.
func withTags(def string, tags []string) string {
	for _, t := range tags {
		def += "\n    " + t
	}
	return def
}

// types prints BTF by meaning.
func (d *dumper) types() {
	b := d.btf
	tags := b.tags()
	for _, kind := range typeOrder {
		var defs lines
		for id := 1; id < len(b.types); id++ {
			if t := &b.types[id]; t.kind == kind && t.named() {
				defs = append(defs, withTags(b.define(uint32(id)), tags[uint32(id)]))
			}
		}
		title := map[uint32]string{kindInt: "integers", kindFloat: "floats", kindEnum: "enums", kindEnum64: "64-bit enums",
			kindFwd: "forward declarations", kindStruct: "structs", kindUnion: "unions", kindTypedef: "typedefs",
			kindFunc: "functions"}[kind]
		defs.print(d, "btf "+title)
	}
	inSection := d.datasecs(tags)
	var vars lines
	for id := 1; id < len(b.types); id++ {
		if b.types[id].kind == kindVar && !inSection[uint32(id)] {
			vars = append(vars, withTags(b.define(uint32(id)), tags[uint32(id)]))
		}
	}
	vars.print(d, "btf variables of no section")
	d.unnamed(tags)
	var unused lines
	for _, s := range b.unusedStrings() {
		unused = append(unused, fmt.Sprintf("%q", s))
	}
	unused.print(d, "btf unused strings")
}

// unnamed prints what printing named types leaves open about the others: those that nothing refers to, those that
// there are several alike of, and tags on them.
func (d *dumper) unnamed(tags map[uint32][]string) {
	b := d.btf
	used := make([]bool, len(b.types))
	for id := range b.types {
		for _, ref := range b.types[id].refs(nil) {
			used[ref] = true
		}
	}
	for _, id := range b.extRoots {
		used[id] = true
	}
	var loose, alike, tagged lines
	seen := map[int]bool{}
	for i := 1; i < len(b.types); i++ {
		id, t := uint32(i), &b.types[i]
		if t.named() || t.kind == kindVar || t.kind == kindDatasec || t.kind == kindDeclTag {
			continue
		}
		if len(tags[id]) > 0 {
			tagged = append(tagged, withTags(b.typeText(id), tags[id]))
		}
		if !used[id] {
			loose = append(loose, b.typeText(id))
		}
		if n := b.count[b.class[id]]; n > 1 && !seen[b.class[id]] {
			seen[b.class[id]] = true
			alike = append(alike, fmt.Sprintf("%s  x%d", b.typeText(id), n))
		}
	}
	loose.print(d, "btf unreferenced unnamed types")
	alike.print(d, "btf duplicate unnamed types")
	tagged.print(d, "btf tags on unnamed types")
	var lost lines
	for id, t := range tags {
		if k := b.types[id].kind; id == 0 || k == kindDatasec || k == kindDeclTag {
			lost = append(lost, t...)
		}
	}
	lost.print(d, "btf tags on no declaration")
}

// datasecs prints the DATASECs and returns the types that are in one.
func (d *dumper) datasecs(tags map[uint32][]string) map[uint32]bool {
	in := map[uint32]bool{}
	var secs lines
	for id := 1; id < len(d.btf.types); id++ {
		t := &d.btf.types[id]
		if t.kind != kindDatasec {
			continue
		}
		for i := range t.members {
			in[t.members[i].ref] = true
		}
		secs = append(secs, withTags(d.datasec(t, tags), tags[uint32(id)]))
	}
	secs.print(d, "btf sections")
	return in
}

// datasec is the text of a DATASEC: its variables by name, each with what does not fit the ELF symbol of the name.
// Offsets are not in it: what a variable's offset must be follows from its symbol.
func (d *dumper) datasec(t *btfType, tags map[uint32][]string) string {
	head := fmt.Sprintf("%s: %d bytes", t.name, t.size)
	sec := 0
	for i := range d.o.Sections {
		if s := &d.o.Sections[i]; s.Name == t.name && shown(s) {
			sec = i
			break
		}
	}
	// clang leaves sizes and offsets to whoever loads the object.
	placed := sec != 0 && t.size != 0
	if placed && uint64(t.size) != d.o.Sections[sec].Size {
		head += fmt.Sprintf(" FAULT: the section has %d", d.o.Sections[sec].Size)
	}
	if sec == 0 && t.name != ".kconfig" && t.name != ".ksyms" && t.name != ".extern" {
		head += " (no such section)"
	}
	if placed && !slices.IsSortedFunc(t.members, func(a, b btfMember) int { return cmp.Compare(a.off, b.off) }) {
		head += " FAULT: members are not sorted"
	}
	var vars []string
	for i := range t.members {
		m := &t.members[i]
		text := fmt.Sprintf("%s; /* %d bytes */", d.btf.define(m.ref), m.size)
		if placed {
			text += d.misplaced(sec, m)
		} else if m.off != 0 && sec == 0 {
			text += fmt.Sprintf(" at %d", m.off)
		}
		vars = append(vars, withTags(text, tags[m.ref]))
	}
	slices.Sort(vars)
	for _, v := range vars {
		head += "\n    " + strings.ReplaceAll(v, "\n", "\n  ")
	}
	return head
}

// misplaced says what does not fit between a variable of a DATASEC and the symbols of the section.
func (d *dumper) misplaced(sec int, m *btfMember) string {
	t := &d.btf.types[m.ref]
	if t.kind != kindVar || t.extra > 1 {
		return ""
	}
	found := false
	for _, i := range d.names.bySection[sec] {
		y := &d.o.Symbols[i]
		if y.Name != t.name || (y.Bind == object.Local) != (t.extra == 0) {
			continue
		}
		if y.Value == uint64(m.off) {
			if y.Size != uint64(m.size) {
				return fmt.Sprintf(" FAULT: its symbol has %d", y.Size)
			}
			return ""
		}
		found = true
	}
	if found {
		return " MISPLACED"
	}
	return " FAULT: no symbol"
}
