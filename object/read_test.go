package object

import (
	"encoding/binary"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/bpfsdt/bpf-sdt-link/diag"
)

// bytesOf is a written sample that a test spoils, with the positions of what is in it.
type bytesOf struct {
	binary.ByteOrder
	data []byte
}

func spoilable(t testing.TB, order binary.ByteOrder) *bytesOf {
	return &bytesOf{order, mustWrite(t, sample(order))}
}

// Fields of the ELF header, section headers, symbols and relocations, by their ELF names.
const (
	eType, eMachine, eShoff, eShentsize, eShnum, eShstrndx        = 16, 18, 40, 58, 60, 62
	shName, shType, shOffset, shSize, shLink, shInfo, shAlign, sh = 0, 4, 24, 32, 40, 44, 48, shdrSize
	shEntsize                                                     = 56
	stName, stInfo, stShndx, stValue, stSize                      = 0, 4, 6, 8, 16
	rOffset, rInfo                                                = 0, 8
)

func (b *bytesOf) shoff() int { return int(b.Uint64(b.data[eShoff:])) }

// header returns the header of a section, contents its contents.
func (b *bytesOf) header(sec int) []byte   { return b.data[b.shoff()+sec*sh:][:sh] }
func (b *bytesOf) contents(sec int) []byte { return b.data[b.Uint64(b.header(sec)[shOffset:]):] }

func (b *bytesOf) put16(at []byte, v uint16) { b.PutUint16(at, v) }
func (b *bytesOf) put32(at []byte, v uint32) { b.PutUint32(at, v) }
func (b *bytesOf) put64(at []byte, v uint64) { b.PutUint64(at, v) }

// symbol returns symbol i: 1 is of a section, 2 'local', 3 'abs', 5 'global', 6 'extern'. reloc returns the first one of .text.
func (b *bytesOf) symbol(i int) []byte { return b.contents(2)[i*symSize:] }
func (b *bytesOf) reloc() []byte       { return b.contents(secRelText) }

// setReloc sets the symbol of a relocation, the upper half of r_info.
func (b *bytesOf) setReloc(sym uint32) { b.PutUint64(b.reloc()[rInfo:], uint64(sym)<<32|10) }

func TestParseErrors(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(b *bytesOf)
		want  string // of the message
		at    string // of the place
	}{
		{"empty", func(b *bytesOf) { b.data = nil }, "the file is empty", ""},
		{"text", func(b *bytesOf) { b.data = []byte("#include <linux/bpf.h>") }, "not an ELF file", ""},
		{"bitcode", func(b *bytesOf) { b.data = []byte("BC\xc0\xde5\x14") }, "LLVM bitcode", ""},
		{"wrapped bitcode", func(b *bytesOf) { b.data = []byte("\xde\xc0\x17\x0b") }, "LLVM bitcode", ""},
		{"archive", func(b *bytesOf) { b.data = []byte("!<arch>\nx") }, "the file is an archive", ""},
		{"magic only", func(b *bytesOf) { b.data = b.data[:4] }, "the ELF header is truncated", ""},
		{"header less a byte", func(b *bytesOf) { b.data = b.data[:63] }, "the ELF header is truncated", ""},
		{"32-bit", func(b *bytesOf) { b.data[4] = 1 }, "not a 64-bit ELF object (class 1)", ""},
		{"byte order", func(b *bytesOf) { b.data[5] = 3 }, "unknown ELF byte order 3", ""},
		{"executable", func(b *bytesOf) { b.put16(b.data[eType:], 2) }, "not a relocatable object: the file is an executable", ""},
		{"shared object", func(b *bytesOf) { b.put16(b.data[eType:], 3) }, "the file is a shared object", ""},
		{"core", func(b *bytesOf) { b.put16(b.data[eType:], 4) }, "the file is a core file", ""},
		{"no type", func(b *bytesOf) { b.put16(b.data[eType:], 0xfe00) }, "the file is of ELF type 65024", ""},
		{"x86-64", func(b *bytesOf) { b.put16(b.data[eMachine:], 62) }, "the object is for x86-64 (ELF machine 62), not for BPF", ""},
		{"e_shentsize", func(b *bytesOf) { b.put16(b.data[eShentsize:], 40) }, "section headers of 40 bytes", ""},

		{"no section headers", func(b *bytesOf) { b.put64(b.data[eShoff:], 0) }, "no section headers", ""},
		{"e_shoff", func(b *bytesOf) { b.put64(b.data[eShoff:], uint64(len(b.data))-63) }, "no section headers", ""},
		{"huge e_shoff", func(b *bytesOf) { b.put64(b.data[eShoff:], 1<<64-1) }, "no section headers", ""},
		{"e_shnum", func(b *bytesOf) { b.put16(b.data[eShnum:], 10) }, "the section headers (10 at ", ""},
		{"e_shnum 0", func(b *bytesOf) { b.put16(b.data[eShnum:], 0) }, "the section headers (0 at ", ""},
		{"huge extended e_shnum", func(b *bytesOf) { b.put16(b.data[eShnum:], 0); b.put64(b.header(0)[shSize:], 1<<58+1) }, "are outside the file", ""},
		{"e_shstrndx 0", func(b *bytesOf) { b.put16(b.data[eShstrndx:], 0) }, "index 0 of 9 sections", ""},
		{"e_shstrndx", func(b *bytesOf) { b.put16(b.data[eShstrndx:], 9) }, "index 9 of 9 sections", ""},
		{"extended e_shstrndx", func(b *bytesOf) { b.put16(b.data[eShstrndx:], 0xffff); b.put32(b.header(0)[shLink:], 77) }, "index 77 of 9", ""},
		{"names in no string table", func(b *bytesOf) { b.put16(b.data[eShstrndx:], secText) }, "(section #3) is not a string table", ""},
		{"sh_name", func(b *bytesOf) { b.put32(b.header(secData)[shName:], 1<<31) }, "section #4: name offset 0x80000000", ""},
		{"names not ended", func(b *bytesOf) {
			h := b.header(1)
			b.put64(h[shSize:], b.Uint64(h[shSize:])-1)
		}, "is outside the section name table", ""},

		{"alignment 3", func(b *bytesOf) { b.put64(b.header(secData)[shAlign:], 3) }, "alignment 0x3 is not a power of two", "#4"},
		{"alignment 2^32", func(b *bytesOf) { b.put64(b.header(secData)[shAlign:], 1<<32) }, "alignment 0x100000000", "#4"},
		{"huge .bss", func(b *bytesOf) { b.put64(b.header(secBss)[shSize:], 1<<40+1) }, "size 0x10000000001 is too large", "#5"},
		{"sh_offset", func(b *bytesOf) { b.put64(b.header(secText)[shOffset:], 1<<64-8) }, "contents (0x20 bytes at 0xfffffffffffffff8) are outside the file", "#3"},
		{"sh_size", func(b *bytesOf) { b.put64(b.header(secText)[shSize:], 1<<64-64) }, "are outside the file", "#3"},
		{"contents over the ELF header", func(b *bytesOf) { b.put64(b.header(secText)[shOffset:], 0) }, "the ELF header and section '.text' overlap in the file at 0x0", ""},
		{"contents over the section headers", func(b *bytesOf) { b.put64(b.header(secText)[shOffset:], uint64(b.shoff()+8)) },
			"the section headers and section '.text' overlap", ""},
		{"contents shared", func(b *bytesOf) { b.put64(b.header(secData)[shOffset:], b.Uint64(b.header(secText)[shOffset:])+31) },
			"section '.text' and section '.data' overlap", ""},

		{"no symbol table", func(b *bytesOf) { b.put32(b.header(2)[shType:], SecProgbits) }, "no symbol table", ""},
		{"two symbol tables", func(b *bytesOf) { b.put32(b.header(secDebug)[shType:], SecSymtab) }, "more than one symbol table (sections #2 and #6)", ""},
		{"symbol size", func(b *bytesOf) { b.put64(b.header(2)[shEntsize:], 16) }, "in entries of 16 bytes are not a symbol table", ".symtab"},
		{"no symbols", func(b *bytesOf) { b.put64(b.header(2)[shSize:], 0) }, "0 bytes in entries of 24 bytes", ".symtab"},
		{"half a symbol", func(b *bytesOf) { b.put64(b.header(2)[shSize:], 36) }, "36 bytes in entries of 24 bytes", ".symtab"},
		{"symbol names", func(b *bytesOf) { b.put32(b.header(2)[shLink:], secText) }, "sh_link 3 is not a string table", ".symtab"},
		{"no symbol names", func(b *bytesOf) { b.put32(b.header(2)[shLink:], 1<<31) }, "sh_link 2147483648 is not a string table", ".symtab"},
		{"null symbol", func(b *bytesOf) { b.symbol(0)[23] = 1 }, "symbol 0 is not the null symbol", ".symtab"},
		{"symbol name", func(b *bytesOf) { b.put32(b.symbol(5)[stName:], 9999) }, "symbol #5: name offset 0x270f", ".symtab+0x78"},
		{"binding", func(b *bytesOf) { b.symbol(5)[stInfo] = 3<<4 | TypeFunc }, "symbol #5: unknown binding 3", ".symtab+0x78 (global)"},
		{"undefined local", func(b *bytesOf) { b.symbol(6)[stInfo] = 0 }, "symbol #6: an undefined symbol must be", ".symtab+0x90 (extern)"},
		{"undefined with a value", func(b *bytesOf) { b.put64(b.symbol(6)[stValue:], 8) }, "symbol #6: an undefined symbol must be", ".symtab+0x90 (extern)"},
		{"undefined with a size", func(b *bytesOf) { b.put64(b.symbol(6)[stSize:], 8) }, "symbol #6: an undefined symbol must be", ".symtab+0x90 (extern)"},
		{"section of a symbol", func(b *bytesOf) { b.put16(b.symbol(5)[stShndx:], 9) }, "symbol #5: section index 9 of 9 sections", ".symtab+0x78 (global)"},
		{"reserved section", func(b *bytesOf) { b.put16(b.symbol(5)[stShndx:], 0xff00) }, "symbol #5: reserved section index 0xff00", ".symtab+0x78 (global)"},
		{"extended section", func(b *bytesOf) { b.put16(b.symbol(5)[stShndx:], 0xffff) }, "symbol #5: extended section indexes", ".symtab+0x78 (global)"},
		{"value outside", func(b *bytesOf) { b.put64(b.symbol(5)[stValue:], 33) }, "symbol #5: 0x18 bytes at 0x21 are outside section '.text' of 0x20 bytes", ".symtab+0x78 (global)"},
		{"end outside", func(b *bytesOf) { b.put64(b.symbol(5)[stSize:], 25) }, "symbol #5: 0x19 bytes at 0x8", ".symtab+0x78 (global)"},
		{"end wraps", func(b *bytesOf) { b.put64(b.symbol(5)[stSize:], 1<<64-8) }, "symbol #5: 0xfffffffffffffff8 bytes at 0x8", ".symtab+0x78 (global)"},
		{"section symbol with a value", func(b *bytesOf) { b.put64(b.symbol(1)[stValue:], 8) }, "symbol #1: a section symbol must be local", ".symtab+0x18"},
		{"global section symbol", func(b *bytesOf) { b.symbol(1)[stInfo] = Global<<4 | TypeSection }, "symbol #1: a section symbol must be local", ".symtab+0x18"},

		{"RELA", func(b *bytesOf) { b.put32(b.header(secRelText)[shType:], SecRela) }, "RELA relocations are not BPF's", ".rel.text"},
		{"relocation size", func(b *bytesOf) { b.put64(b.header(secRelText)[shEntsize:], 24) }, "32 bytes in entries of 24 bytes", ".rel.text"},
		{"half a relocation", func(b *bytesOf) { b.put64(b.header(secRelText)[shSize:], 24) }, "24 bytes in entries of 16 bytes", ".rel.text"},
		{"symbols of relocations", func(b *bytesOf) { b.put32(b.header(secRelText)[shLink:], 1) }, "sh_link 1 is not the symbol table", ".rel.text"},
		{"relocates nothing", func(b *bytesOf) { b.put32(b.header(secRelText)[shInfo:], 0) }, "relocates section #0", ".rel.text"},
		{"relocates no section", func(b *bytesOf) { b.put32(b.header(secRelText)[shInfo:], 9) }, "relocates section #9", ".rel.text"},
		{"relocates relocations", func(b *bytesOf) { b.put32(b.header(secRelText)[shInfo:], secRelData) }, "relocates section #8", ".rel.text"},
		{"relocated twice", func(b *bytesOf) { b.put32(b.header(secRelData)[shInfo:], secText) }, "second relocation section of '.text'", ".rel.data"},
		{"relocation outside", func(b *bytesOf) { b.put64(b.reloc()[rOffset:], 32) }, "relocation #0 of '.rel.text' is outside its section of 0x20 bytes", ".text+0x20"},
		{"relocation of no symbol", func(b *bytesOf) { b.setReloc(0) }, "relocation #0 of '.rel.text' names symbol 0 of 9", ".text+0x8"},
		{"relocation symbol", func(b *bytesOf) { b.setReloc(9) }, "names symbol 9 of 9", ".text+0x8"},
		{"huge relocation symbol", func(b *bytesOf) { b.setReloc(1<<32 - 1) }, "names symbol 4294967295 of 9", ".text+0x8"},
	}
	for _, o := range orders {
		for _, test := range tests {
			t.Run(o.name+"/"+test.name, func(t *testing.T) {
				b := spoilable(t, o.order)
				test.spoil(b)
				obj, err := Parse("sample.o", b.data)
				d, ok := err.(diag.Diagnostic)
				if obj != nil || !ok {
					t.Fatalf("object %v, error %v", obj, err)
				}
				if d.ID != "object" || d.Severity != diag.Error || d.Place.Object != "sample.o" || d.Place.Binary() != test.at || !strings.Contains(d.Message, test.want) {
					t.Errorf("at %s: %+v\nwant at %s: %s", d.Place.Binary(), d, test.at, test.want)
				}
			})
		}
	}
}

// What looks odd and is right.
func TestParseAccepts(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(b *bytesOf)
	}{
		{"nothing", func(*bytesOf) {}},
		{"alignment 0", func(b *bytesOf) { b.put64(b.header(secData)[shAlign:], 0) }},
		{"extended e_shnum and e_shstrndx", func(b *bytesOf) {
			b.put16(b.data[eShnum:], 0)
			b.put64(b.header(0)[shSize:], 9)
			b.put16(b.data[eShstrndx:], 0xffff)
			b.put32(b.header(0)[shLink:], 1)
		}},
		{"contents of no size anywhere in the file", func(b *bytesOf) {
			h := b.header(secDebug)
			b.put64(h[shOffset:], 3)
			b.put64(h[shSize:], 0)
		}},
		{"null section in the middle", func(b *bytesOf) { b.put32(b.header(secDebug)[shType:], SecNull) }},
		{"NOBITS beyond the file", func(b *bytesOf) { b.put64(b.header(secBss)[shOffset:], 1<<60) }},
		{"relocations of DWARF that point nowhere", func(b *bytesOf) {
			b.put32(b.header(secRelText)[shInfo:], secDebug)
			b.setReloc(1 << 30)
		}},
		{"absolute symbol of any value", func(b *bytesOf) { b.put64(b.symbol(3)[stValue:], 1<<64-1) }},
		{"bytes behind the section headers", func(b *bytesOf) { b.data = append(b.data, 1, 2, 3) }},
	}
	for _, o := range orders {
		for _, test := range tests {
			b := spoilable(t, o.order)
			test.spoil(b)
			obj, err := Parse("sample.o", b.data)
			if err != nil {
				t.Errorf("%s, %s: %v", o.name, test.name, err)
				continue
			}
			checkIndexes(t, obj)
		}
	}
}

// The section headers stand at the end, so a file that lacks any of its bytes is refused.
func TestTruncated(t *testing.T) {
	for _, o := range orders {
		data := mustWrite(t, sample(o.order))
		for n := range data {
			if obj, err := Parse("x.o", data[:n:n]); err == nil || obj != nil {
				t.Errorf("%s: the first %d bytes of %d are read: %v", o.name, n, len(data), obj)
			}
		}
	}
}

// Every byte of a small object, spoiled in several ways, gives an object or an error, and never a panic.
func TestSpoiledBytes(t *testing.T) {
	for _, o := range orders {
		data := mustWrite(t, sample(o.order))
		for i := range data {
			was := data[i]
			for _, b := range []byte{0, 1, 0x7f, 0x80, 0xff, ^was} {
				data[i] = b
				parseOne(t, data)
			}
			data[i] = was
		}
	}
}

func parseOne(t *testing.T, data []byte) {
	t.Helper()
	obj, err := Parse("x.o", data)
	if (obj == nil) == (err == nil) {
		t.Fatalf("object %v, error %v", obj, err)
	}
	readOne(t, data, obj, err)
	if err == nil {
		checkIndexes(t, obj)
		return
	}
	if d, ok := err.(diag.Diagnostic); !ok || d.Severity != diag.Error || d.Message == "" || d.Place.Object != "x.o" {
		t.Fatalf("error %#v", err)
	}
}

// checkIndexes holds an object against what Parse promises.
func checkIndexes(t *testing.T, o *Object) {
	t.Helper()
	if err := badIndex(o); err != nil {
		t.Error(err)
	}
}

// badIndex returns the first broken promise of Parse.
func badIndex(o *Object) error {
	if o.Order == nil || o.Symtab <= 0 || o.Symtab >= len(o.Sections) || len(o.Symbols) == 0 {
		return fmt.Errorf("order %v, symbol table %d of %d, %d symbols", o.Order, o.Symtab, len(o.Sections), len(o.Symbols))
	}
	for i := range o.Sections {
		s := &o.Sections[i]
		if s.Type != SecNobits && s.Size != uint64(len(s.Data)) || cap(s.Data) != len(s.Data) || i > 0 && s.Align&(s.Align-1) != 0 {
			return fmt.Errorf("section #%d: %d bytes of %d, alignment %d", i, len(s.Data), s.Size, s.Align)
		}
		for _, r := range s.Relocs {
			if r.Offset >= s.Size || r.Sym == 0 || int64(r.Sym) >= int64(len(o.Symbols)) || s.RelSection <= 0 || s.RelSection >= len(o.Sections) {
				return fmt.Errorf("section #%d: relocation %+v", i, r)
			}
		}
	}
	for i := range o.Symbols {
		y := &o.Symbols[i]
		if y.Defined() && (int64(y.Section) >= int64(len(o.Sections)) || y.Value+y.Size > o.Sections[y.Section].Size || y.Value+y.Size < y.Value) {
			return fmt.Errorf("symbol #%d: %+v", i, y)
		}
		_ = o.SymbolLabel(uint32(i))
	}
	return nil
}

func FuzzParse(f *testing.F) {
	for _, o := range orders {
		f.Add(mustWrite(f, sample(o.order)))
		f.Add(mustWrite(f, &Image{Order: o.order}))
		b := spoilable(f, o.order)
		b.put16(b.data[eShnum:], 0)
		b.put64(b.header(0)[shSize:], 9)
		f.Add(b.data)
	}
	for _, order := range []string{"el", "eb"} { // what clang makes
		packed, err := os.ReadFile("../notes/testdata/probes." + order + ".o.zst")
		if err != nil {
			f.Fatal(err)
		}
		data, err := Decompress(packed)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(parseOne)
}
