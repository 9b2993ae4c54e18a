package btfgen

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// extTypes is the .BTF that the .BTF.ext of these tests belongs to, and the ids and strings of it that they use.
type extTypes struct {
	wire
	fn, other, st             uint32 // types: two functions and a struct
	text, xdp, file, src, acc uint32 // strings
}

func newExtTypes() *extTypes {
	x := &extTypes{}
	proto := x.proto(0)
	x.fn, x.other = x.add(Func, "f", proto, Global), x.add(Func, "g", proto, Static)
	x.st = x.structOf("s", x.int("int"))
	x.text, x.xdp, x.file, x.src, x.acc = x.str(".text"), x.str("xdp"), x.str("a.c"), x.str("return 0;"), x.str("0:1")
	return x
}

// extWire is a .BTF.ext section as words: a list of parts, each with its record size and then its sections.
type extWire [recordKinds][]uint32

func (e *extWire) encode(bo binary.ByteOrder) []byte {
	head := []uint32{0, extHeader}
	var body []uint32
	for _, p := range e {
		head = append(head, uint32(4*len(body)), uint32(4*len(p)))
		body = append(body, p...)
	}
	var raw []byte
	for _, w := range append(head, body...) {
		raw = bo.(binary.AppendByteOrder).AppendUint32(raw, w)
	}
	bo.PutUint16(raw, btfMagic)
	raw[2], raw[3] = 1, 0
	return raw
}

// good is a section with every kind of record, those of .text's lines out of order.
func (x *extTypes) good() *extWire {
	at := func(line, column uint32) uint32 { return line<<10 | column }
	return &extWire{
		FuncInfo: {8, x.text, 2, 0, x.fn, 32, x.other, x.xdp, 1, 0, x.fn},
		LineInfo: {16, x.text, 4, 32, x.file, x.src, at(20, 1), 0, x.file, x.src, at(10, 5), 16, x.file, x.src, at(12, 0), 40, x.file, x.src, at(0, 0)},
		CoreRelo: {16, x.xdp, 1, 24, x.st, x.acc, CoreTypeIDLocal},
	}
}

func (x *extTypes) parseExt(t *testing.T, e *extWire, bo binary.ByteOrder) (*Ext, *Types) {
	t.Helper()
	types := x.types(t)
	ext, err := ParseExt(e.encode(bo), bo, types, nil)
	if err != nil {
		t.Fatal(err)
	}
	return ext, types
}

func TestParseExt(t *testing.T) {
	for _, o := range orders {
		x := newExtTypes()
		ext, types := x.parseExt(t, x.good(), o.order)
		type part struct {
			Kind    RecordKind
			Section string
			Records [][]uint32
		}
		var got []part
		for k := range recordKinds {
			for _, s := range ext.Records(k) {
				p := part{Kind: k, Section: s.Name}
				for i := range s.Len() {
					p.Records = append(p.Records, s.Record(i))
				}
				got = append(got, p)
			}
		}
		want := []part{
			{FuncInfo, ".text", [][]uint32{{0, x.fn}, {32, x.other}}},
			{FuncInfo, "xdp", [][]uint32{{0, x.fn}}},
			{LineInfo, ".text", [][]uint32{{0, x.file, x.src, 10<<10 | 5}, {16, x.file, x.src, 12 << 10}, {32, x.file, x.src, 20<<10 | 1}, {40, x.file, x.src, 0}}},
			{CoreRelo, "xdp", [][]uint32{{24, x.st, x.acc, CoreTypeIDLocal}}},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", o.name, diff)
		}
		core := ext.Records(CoreRelo)[0]
		if diff := cmp.Diff(CoreRelocation{24, x.st, CoreTypeIDLocal, x.st}, core.CoreRelo(0)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", o.name, diff)
		}
		checkLines(t, ext, types, x)
	}
}

func checkLines(t *testing.T, ext *Ext, types *Types, x *extTypes) {
	t.Helper()
	for _, test := range []struct {
		section       string
		function, off uint64
		want          Line
		ok            bool
	}{
		{".text", 0, 0, Line{"a.c", 10, 5}, true},
		{".text", 0, 8, Line{"a.c", 10, 5}, true},
		{".text", 0, 16, Line{"a.c", 12, 0}, true},
		{".text", 32, 32, Line{"a.c", 20, 1}, true},
		{".text", 24, 24, Line{}, false}, // the line before belongs to another function
		{".text", 16, 24, Line{"a.c", 12, 0}, true},
		{".text", 32, 1 << 40, Line{"a.c", 0, 0}, true},
		{"xdp", 0, 0, Line{}, false},
		{"nowhere", 0, 0, Line{}, false},
	} {
		got, ok := ext.LineAt(types, 0, test.section, test.function, test.off)
		if got != test.want || ok != test.ok {
			t.Errorf("line of %s+%d: %+v, %t", test.section, test.off, got, ok)
		}
	}
	for _, test := range []struct {
		section string
		off     uint64
		want    uint32
	}{{".text", 0, x.fn}, {".text", 32, x.other}, {".text", 8, 0}, {".text", 1 << 33, 0}, {"xdp", 0, x.fn}, {"nowhere", 0, 0}} {
		if got := ext.FuncAt(0, test.section, test.off); got != test.want {
			t.Errorf("function of %s+%d: #%d, want #%d", test.section, test.off, got, test.want)
		}
	}
}

// Without .BTF.ext nothing is known, and asking is no mistake.
func TestNilExt(t *testing.T) {
	var ext *Ext
	if ext.Records(LineInfo) != nil || ext.FuncAt(0, "x", 0) != 0 {
		t.Error("records of nothing")
	}
	if _, ok := ext.LineAt(nil, 0, "x", 0, 0); ok {
		t.Error("a line of nothing")
	}
}

// The first headers ended before core_relo; later ones may be longer, and so may records.
func TestParseExtVersions(t *testing.T) {
	bo := binary.LittleEndian
	x := newExtTypes()
	e := x.good()
	raw := e.encode(bo)
	old := append(bytes.Clone(raw[:24]), raw[32:]...)
	bo.PutUint32(old[4:], 24)
	ext, err := ParseExt(old, bo, x.types(t), nil)
	if err != nil || len(ext.Records(LineInfo)) != 1 || len(ext.Records(CoreRelo)) != 0 {
		t.Errorf("a header of 24 bytes: %v", err)
	}
	long := append(append(bytes.Clone(raw[:32]), 1, 2, 3, 4), raw[32:]...)
	bo.PutUint32(long[4:], 36)
	if ext, err = ParseExt(long, bo, x.types(t), nil); err != nil || len(ext.Records(CoreRelo)) != 1 {
		t.Errorf("a header of 36 bytes: %v", err)
	}
	e = &extWire{FuncInfo: {12, x.text, 2, 8, x.fn, 77, 0, x.other, 78}}
	ext, _ = x.parseExt(t, e, bo)
	if diff := cmp.Diff([]uint32{0, x.other, 78}, ext.Records(FuncInfo)[0].Record(0)); diff != "" {
		t.Errorf("records of 12 bytes (-want +got):\n%s", diff)
	}
	if ext, _ = x.parseExt(t, &extWire{}, bo); ext.Records(FuncInfo) != nil {
		t.Error("records in an empty section")
	}
}

func TestParseExtErrors(t *testing.T) {
	const far = 1 << 31
	header := func(at int, v uint32) func(*extTypes, []byte, binary.ByteOrder) []byte {
		return func(_ *extTypes, b []byte, bo binary.ByteOrder) []byte { bo.PutUint32(b[at:], v); return b }
	}
	// word sets a word of the body, counted from the start of a part.
	word := func(k RecordKind, i int, v uint32) func(*extTypes, []byte, binary.ByteOrder) []byte {
		return func(_ *extTypes, b []byte, bo binary.ByteOrder) []byte {
			bo.PutUint32(b[extHeader+int(bo.Uint32(b[8+8*k:]))+4*i:], v)
			return b
		}
	}
	cut := func(n int) func(*extTypes, []byte, binary.ByteOrder) []byte {
		return func(_ *extTypes, b []byte, _ binary.ByteOrder) []byte { return b[:n] }
	}
	tests := []struct {
		name  string
		spoil func(x *extTypes, b []byte, bo binary.ByteOrder) []byte
		want  string
	}{
		{"empty", cut(0), "0 bytes are too few for a header"},
		{"short", cut(23), "23 bytes are too few for a header"},
		{"magic", func(_ *extTypes, b []byte, _ binary.ByteOrder) []byte { b[0], b[1] = 1, 2; return b }, "bad magic"},
		{"version", func(_ *extTypes, b []byte, _ binary.ByteOrder) []byte { b[2] = 9; return b }, "unknown version 9"},
		{"header too small", header(4, 23), "header of 23 bytes in a section of 180"},
		{"header too large", header(4, 181), "header of 181 bytes in a section of 180"},
		{"func_info outside", header(8, far), "func_info (44 bytes at 2147483680) is outside .BTF.ext of 180 bytes"},
		{"line_info outside", header(20, far), "line_info (2147483648 bytes at 76) is outside"},
		{"core_relo outside", header(28, 32), "core_relo (32 bytes at 152) is outside .BTF.ext of 180 bytes"},
		{"no record size", header(12, 3), "func_info: 3 bytes are too few for a record size"},
		{"half a section header", header(12, 8), "func_info: section header of 4 bytes"},
		{"record size 0", word(FuncInfo, 0, 0), "func_info: record size 0"},
		{"record size 10", word(FuncInfo, 0, 10), "func_info: record size 10"},
		{"record size of a line", word(LineInfo, 0, 12), "line_info: record size 12"},
		{"record size of a CO-RE relocation", word(CoreRelo, 0, 8), "core_relo: record size 8"},
		{"huge record size", word(CoreRelo, 0, 1<<16+4), "core_relo: record size 65540"},
		{"section name", word(LineInfo, 1, far), "line_info: section name offset 0x80000000 is outside the string section"},
		{"too many records", word(FuncInfo, 2, 5), "func_info: 5 records of section '.text' are truncated"},
		{"far too many records", word(LineInfo, 2, 1<<32-1), "line_info: 4294967295 records of section '.text' are truncated"},
		{"type of a function", word(FuncInfo, 4, far), "func_info: section '.text': record 0 names type #2147483648 of 5"},
		{"function that is none", func(x *extTypes, b []byte, bo binary.ByteOrder) []byte { return word(FuncInfo, 6, x.st)(x, b, bo) },
			"func_info: section '.text': record 1 names a struct, not a function"},
		{"file of a line", word(LineInfo, 4, far), "line_info: section '.text': record 0 has a string offset outside the string section"},
		{"text of a line", word(LineInfo, 5, far), "line_info: section '.text': record 0 has a string offset outside the string section"},
		{"type of a CO-RE relocation", word(CoreRelo, 4, 6), "core_relo: section 'xdp': record 0 names type #6 of 5"},
		{"access string", word(CoreRelo, 5, far), "core_relo: section 'xdp': record 0 has a string offset outside the string section"},
	}
	for _, o := range orders {
		for _, test := range tests {
			x := newExtTypes()
			raw := test.spoil(x, x.good().encode(o.order), o.order)
			ext, err := ParseExt(raw, o.order, x.types(t), nil)
			if ext != nil || err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s, %s: %v, want '%s'", o.name, test.name, err, test.want)
			}
		}
		x := newExtTypes()
		types, raw := x.types(t), x.good().encode(o.order)
		for n := range raw {
			if ext, err := ParseExt(raw[:n], o.order, types, nil); ext != nil || err == nil {
				t.Errorf("%s: the first %d bytes of %d are read", o.name, n, len(raw))
			}
		}
	}
}

func FuzzExt(f *testing.F) {
	x := newExtTypes()
	for _, o := range orders {
		f.Add(x.encode(o.order), x.good().encode(o.order))
		f.Add(x.encode(o.order), (&extWire{LineInfo: x.good()[LineInfo]}).encode(o.order))
		f.Add(fixture(f, o.name, ".BTF"), fixture(f, o.name, ".BTF.ext"))
	}
	f.Fuzz(func(t *testing.T, btf, data []byte) {
		bo := orderOf(btf)
		types, err := ParseTypes(btf, bo)
		if err != nil {
			return
		}
		ext, err := ParseExt(data, bo, types, nil)
		if (ext == nil) == (err == nil) {
			t.Fatalf("ext %v, error %v", ext, err)
		}
		if err != nil {
			return
		}
		for k := range recordKinds {
			for _, s := range ext.Records(k) {
				for i := range s.Len() {
					if i > 0 && s.Offset(i) < s.Offset(i-1) {
						t.Fatalf("records out of order: %d after %d", s.Offset(i), s.Offset(i-1))
					}
					off := uint64(s.Offset(i))
					if id := ext.FuncAt(0, s.Name, off); id != 0 && types.Kind(id) != Func {
						t.Errorf("function of type #%d", id)
					}
					_, _ = ext.LineAt(types, 0, s.Name, 0, off)
					if k == CoreRelo {
						_ = types.C(s.CoreRelo(i).Type)
					}
				}
			}
		}
	})
}
