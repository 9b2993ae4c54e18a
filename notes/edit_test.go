package notes

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/bpfsdt/bpf-sdt-link/btfgen"
	"github.com/bpfsdt/bpf-sdt-link/object"
)

// fixture returns the bytes of testdata/probes.<order>.o.zst.
func fixture(t testing.TB, order string) []byte {
	t.Helper()
	packed, err := os.ReadFile(filepath.Join("testdata", "probes."+order+".o.zst"))
	if err != nil {
		t.Fatal(err)
	}
	data, err := object.Decompress(packed)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// edit is a fixture taken apart, so that a test can spoil one thing of it and put it together again.
type edit struct {
	t testing.TB
	object.Image
	btf *wire // nil for none
}

func takeApart(t testing.TB, data []byte) *edit {
	t.Helper()
	o, err := object.Parse("probes.o", data)
	if err != nil {
		t.Fatal(err)
	}
	e := &edit{t: t, Image: object.Image{Order: o.Order}}
	place := make([]int, len(o.Sections)) // Write makes the tables, so they are left out
	for i := range o.Sections {
		s := &o.Sections[i]
		if s.Type != object.SecProgbits {
			continue
		}
		place[i] = len(e.Sections)
		im := object.ImageSection{Name: s.Name, Type: s.Type, Flags: s.Flags, Align: s.Align, Data: slices.Clone(s.Data)}
		for _, r := range s.Relocs {
			im.Relocs = append(im.Relocs, object.ImageReloc{Offset: r.Offset, Type: r.Type, Sym: r.Sym - 1})
		}
		e.Sections = append(e.Sections, im)
	}
	for _, y := range o.Symbols[1:] {
		e.Symbols = append(e.Symbols, object.ImageSymbol{Name: y.Name, Bind: y.Bind, Type: y.Type, Section: place[y.Section], Value: y.Value, Size: y.Size})
	}
	e.btf = readWire(t, e.section(".BTF").Data, o.Order)
	return e
}

// open puts the object together and reads it.
func (e *edit) open() (*File, error) {
	e.t.Helper()
	i := slices.IndexFunc(e.Sections, func(s object.ImageSection) bool { return s.Name == ".BTF" })
	if e.btf != nil {
		e.Sections[i].Data = e.btf.bytes()
	}
	data, err := e.Write()
	if err != nil {
		e.t.Fatal(err)
	}
	return Open("probes.o", data)
}

func (e *edit) section(name string) *object.ImageSection { return &e.Sections[e.sectionIndex(name)] }

func (e *edit) sectionIndex(name string) int {
	e.t.Helper()
	i := slices.IndexFunc(e.Sections, func(s object.ImageSection) bool { return s.Name == name })
	if i < 0 {
		e.t.Fatalf("no section '%s'", name)
	}
	return i
}

func (e *edit) symbol(name string) *object.ImageSymbol { return &e.Symbols[e.symbolIndex(name)] }

func (e *edit) symbolIndex(name string) uint32 {
	e.t.Helper()
	i := slices.IndexFunc(e.Symbols, func(s object.ImageSymbol) bool { return s.Name == name })
	if i < 0 {
		e.t.Fatalf("no symbol '%s'", name)
	}
	return uint32(i)
}

// sectionSymbol returns the index of a section's own symbol.
func (e *edit) sectionSymbol(name string) uint32 {
	e.t.Helper()
	si := e.sectionIndex(name)
	i := slices.IndexFunc(e.Symbols, func(s object.ImageSymbol) bool { return s.Type == object.TypeSection && s.Section == si })
	if i < 0 {
		e.t.Fatalf("no section symbol of '%s'", name)
	}
	return uint32(i)
}

// label returns the symbol of a probe's only entry, entry its bytes up to the section's end.
func (e *edit) label(probe string) *object.ImageSymbol {
	e.t.Helper()
	i := slices.IndexFunc(e.Symbols, func(s object.ImageSymbol) bool {
		return bytes.HasPrefix([]byte(s.Name), []byte(LabelPrefix+probe+"."))
	})
	if i < 0 {
		e.t.Fatalf("no entry of probe '%s'", probe)
	}
	return &e.Symbols[i]
}

func (e *edit) entry(probe string) []byte { return e.section(Section).Data[e.label(probe).Value:] }

// argument returns the instruction of an argument, counted from 1.
func (e *edit) argument(probe string, i int) []byte { return e.entry(probe)[8*i:][:8] }

// setRegister makes an argument live in another register.
func (e *edit) setRegister(probe string, i int, reg byte) {
	if e.Order == binary.ByteOrder(binary.BigEndian) {
		e.argument(probe, i)[1] = byte(i)<<4 | reg
		return
	}
	e.argument(probe, i)[1] = byte(i) | reg<<4
}

// reloc returns the relocation of a probe's entry.
func (e *edit) reloc(probe string) *object.ImageReloc {
	e.t.Helper()
	rels := e.section(Section).Relocs
	off := e.label(probe).Value
	i := slices.IndexFunc(rels, func(r object.ImageReloc) bool { return r.Offset == off })
	if i < 0 {
		e.t.Fatalf("no relocation of probe '%s'", probe)
	}
	return &rels[i]
}

// addSite adds an entry for a probe without arguments and puts its NOP into the code.
func (e *edit) addSite(label, section string, nop uint64) {
	copy(e.section(section).Data[nop:], []byte{5, 0, 0, 0, 0, 0, 0, 0})
	s := e.section(Section)
	at := uint64(len(s.Data))
	s.Data = append(s.Data, make([]byte, 8)...)
	e.Order.PutUint64(s.Data[at:], nop)
	s.Relocs = append(s.Relocs, object.ImageReloc{Offset: at, Type: 2, Sym: e.sectionSymbol(section)})
	e.Symbols = append(e.Symbols, object.ImageSymbol{Name: LabelPrefix + label, Section: e.sectionIndex(Section), Value: at})
}

// wire is a .BTF section to which types and strings can be added.
type wire struct {
	t     testing.TB
	order binary.ByteOrder
	words []uint32
	strs  []byte
	next  uint32 // the id of the next type
}

func readWire(t testing.TB, b []byte, order binary.ByteOrder) *wire {
	t.Helper()
	types, err := btfgen.ParseTypes(b, order)
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{t: t, order: order, next: types.Len()}
	u := func(at int) uint32 { return order.Uint32(b[at:]) }
	start := u(4) + u(8)
	for p := start; p < start+u(12); p += 4 {
		w.words = append(w.words, u(int(p)))
	}
	w.strs = slices.Clone(b[u(4)+u(16):][:u(20)])
	return w
}

func (w *wire) str(s string) uint32 {
	off := uint32(len(w.strs))
	w.strs = append(append(w.strs, s...), 0)
	return off
}

// add appends a type: the word info holds vlen (or a FUNC's linkage), typ is the size or the type referred to.
func (w *wire) add(kind btfgen.Kind, name string, vlen, typ uint32, more ...uint32) uint32 {
	off := uint32(0)
	if name != "" {
		off = w.str(name)
	}
	w.words = append(append(w.words, off, uint32(kind)<<24|vlen, typ), more...)
	w.next++
	return w.next - 1
}

// find returns the words from a type on, which is found by its kind and name.
func (w *wire) find(kind btfgen.Kind, name string) []uint32 {
	w.t.Helper()
	at := uint32(bytes.Index(w.strs, []byte("\x00"+name+"\x00"))) + 1
	for p := 0; p+2 < len(w.words); p++ {
		if w.words[p] == at && w.words[p+1]>>24 == uint32(kind) {
			return w.words[p:]
		}
	}
	w.t.Fatalf("no %s '%s'", kind, name)
	return nil
}

// rename gives a type another name.
func (w *wire) rename(kind btfgen.Kind, name, to string) {
	w.t.Helper()
	w.find(kind, name)[0] = w.str(to)
}

// id returns the id of a type of the fixture.
func (w *wire) id(kind btfgen.Kind, name string) uint32 {
	w.t.Helper()
	types, err := btfgen.ParseTypes(w.bytes(), w.order)
	if err != nil {
		w.t.Fatal(err)
	}
	for id := uint32(1); id < types.Len(); id++ {
		if types.Kind(id) == kind && types.Name(id) == name {
			return id
		}
	}
	w.t.Fatalf("no %s '%s'", kind, name)
	return 0
}

// declare adds the declaration of a probe: a prototype with the given parameter types, what leads to it, and the tag.
func (w *wire) declare(probe, tag string, params ...uint32) {
	var elems []uint32
	for _, p := range params {
		elems = append(elems, 0, p)
	}
	proto := w.add(btfgen.FuncProto, "", uint32(len(params)), 0, elems...)
	ptr := w.add(btfgen.Const, "", 0, w.add(btfgen.Ptr, "", 0, proto))
	w.add(btfgen.DeclTag, tag, 0, w.add(btfgen.Var, TypePrefix+probe, 0, ptr, btfgen.Static), 0xffffffff)
}

func (w *wire) bytes() []byte {
	size := uint32(4 * len(w.words))
	var b []byte
	for _, x := range append([]uint32{0, 24, 0, size, size, uint32(len(w.strs))}, w.words...) {
		b = w.order.(binary.AppendByteOrder).AppendUint32(b, x)
	}
	w.order.PutUint16(b, 0xeb9f)
	b[2], b[3] = 1, 0
	return append(b, w.strs...)
}
