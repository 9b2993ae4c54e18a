package main

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseName(t *testing.T) {
	for _, c := range []struct {
		name, growth string
		objects, n   int
		probes       bool
	}{
		{name: "tiny", objects: 2},
		{name: "unique-sdt", objects: 200, probes: true},
		{name: "c-200", objects: 200},
		{name: "d-6400-sdt", objects: 6400, probes: true},
		{name: "enums-16000", growth: "enums", objects: 1, n: 16000},
		{name: "nest-64", growth: "nest", objects: 2, n: 64},
	} {
		r, err := parseName(c.name)
		if err != nil || r.growth != c.growth || r.objects != c.objects || r.n != c.n || r.probes != c.probes || (r.shape == nil) != (r.growth != "") {
			t.Errorf("%s: %+v, %v", c.name, r, err)
		}
	}
	for _, name := range []string{"", "c", "c-", "c-0", "c-007", "c--1", "c-100001", "tiny-2", "nest-65", "enums-100-sdt", "sdt", "x-1", "../x"} {
		if r, err := parseName(name); err == nil {
			t.Errorf("%q is %+v", name, r)
		}
	}
}

// The kernel structs of two sources: half of them the same, none twice, none that is read anyway.
func TestWindow(t *testing.T) {
	structs := []string{"task_struct", "x___1"}
	for i := range 300 {
		structs = append(structs, "s"+itoa(i))
	}
	count := map[string]int{}
	for i := range kernel.Sources {
		w := (&source{shape: kernel, Number: i}).window(structs)
		if len(w) != kernel.CoreSizes {
			t.Errorf("source %d has %d structs", i, len(w))
		}
		for _, name := range w {
			count[name]++
		}
	}
	if len(count) != 20+8*20 || count["s0"] != 8 || count["task_struct"] != 0 || count["x___1"] != 0 {
		t.Errorf("%d different structs, %d times s0", len(count), count["s0"])
	}
}

// The first objects of a set, an even number of them, call only each other, whatever the size of the set.
func TestNeighbours(t *testing.T) {
	for k := range 6 {
		if small, large := neighboursOf(k, 6), neighboursOf(k, 100); small != large {
			t.Errorf("object %d: %v of 6, %v of 100", k, small, large)
		}
	}
	got := []string{neighboursOf(0, 3).String(), neighboursOf(1, 3).String(), neighboursOf(2, 3).String(), neighboursOf(2, 4).String()}
	if diff := cmp.Diff([]string{"next-self", "prev-self", "prev-self", "prev-next-self"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestPlaceholders(t *testing.T) {
	for _, p := range placeholders {
		if len(p.text) != len(suffix(0)) || len(p.text) != len(suffix(maxObjects-1)) {
			t.Errorf("%s is not as long as a suffix", p.text)
		}
	}
}

// A copy of a prototype has what the compiler gives for the same names.
func TestObjectIsWhatCompilerGives(t *testing.T) {
	cc, err := findCompiler("")
	if err != nil {
		t.Skip(err)
	}
	if _, err := os.Stat("/usr/include/bpf/bpf_helpers.h"); err != nil {
		t.Skip("libbpf's headers are not installed")
	}
	m := &maker{dir: t.TempDir(), jobs: 1, cc: cc}
	r, err := parseName("tiny-sdt")
	if err != nil {
		t.Fatal(err)
	}
	r.objects = 4
	s, err := m.make(r)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(m.dir, "tiny-sdt")
	direct := filepath.Join(t.TempDir(), "direct.o")
	if err := cc.compile(filepath.Join(dir, "src"), "source_0.c", direct, "-DSELF=_00002", "-DPREV=_00001", "-DNEXT=_00003"); err != nil {
		t.Fatal(err)
	}
	want, got := readFile(t, direct), readFile(t, filepath.Join(dir, "obj", "00002.o"))
	if diff := cmp.Diff(contents(t, want), contents(t, got)); diff != "" {
		t.Error(diff)
	}
	if s.Objects != 4 || s.Bytes <= 3*len(want) || s.Types == 0 || s.Globals == 0 || s.BTFBytes == 0 {
		t.Errorf("sizes: %+v", s)
	}
	again, err := m.make(r)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s.sizes, again.sizes); diff != "" {
		t.Error(diff)
	}
	if err := os.Remove(filepath.Join(dir, "set.json")); err != nil {
		t.Fatal(err)
	}
	if readSet(dir) != nil {
		t.Error("a set without set.json is taken for complete")
	}
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// contents are the sections of an object, and the names of its symbols, in order; the order of strings may differ.
func contents(t *testing.T, data []byte) map[string]string {
	t.Helper()
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, s := range f.Sections {
		if s.Type == elf.SHT_STRTAB || s.Type == elf.SHT_SYMTAB || s.Type == elf.SHT_NOBITS || s.Type == elf.SHT_NULL {
			continue
		}
		b, err := s.Data()
		if err != nil {
			t.Fatal(err)
		}
		out[s.Name] += string(b)
	}
	symbols, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range symbols {
		out["symbols"] += s.Name + "\n"
	}
	return out
}

func TestPlaceholderOutsideStrings(t *testing.T) {
	data := tinyELF(t, ".data", "x_SELF0")
	if _, err := newPrototype(data); err == nil || !strings.Contains(err.Error(), "1 of 1 placeholders _SELF0") {
		t.Errorf("error %v", err)
	}
	p, err := newPrototype(tinyELF(t, ".debug_str", "a_SELF0\x00b_PREV0\x00c_NEXT0\x00_SELF0_SELF0"))
	if err != nil {
		t.Fatal(err)
	}
	if got := p.object(123); !bytes.Contains(got, []byte("a_00123\x00b_00122\x00c_00124\x00_00123_00123")) {
		t.Errorf("%q", got)
	}
	if !bytes.Contains(p.data, []byte("_SELF0")) {
		t.Error("the prototype was changed")
	}
}

func TestBTFOutOfBounds(t *testing.T) {
	btf := make([]byte, btfHeader+3)
	binary.LittleEndian.PutUint32(btf[4:], btfHeader)
	binary.LittleEndian.PutUint32(btf[20:], 3)
	if r, err := btfStrings(btf, 100); err != nil || r != (byteRange{124, 127}) {
		t.Errorf("%v, %v", r, err)
	}
	binary.LittleEndian.PutUint32(btf[20:], 4)
	if _, err := btfStrings(btf, 100); err == nil {
		t.Error("no error for strings that are cut off")
	}
}

func TestCountTypes(t *testing.T) {
	words := func(w ...uint32) []byte {
		var b []byte
		for _, v := range w {
			b = binary.LittleEndian.AppendUint32(b, v)
		}
		return b
	}
	types := words(
		1, 1<<24, 4, 32, // an int
		2, 2<<24, 1, // a pointer
		3, 4<<24|2, 8, 0, 1, 0, 0, 1, 32, // a struct of two members
		4, 6<<24|1, 4, 5, 0) // an enum
	btf := append(words(0x1eb9f, btfHeader, 0, uint32(len(types)), uint32(len(types)), 0), types...)
	if n, err := countTypes(btf); n != 4 || err != nil {
		t.Errorf("%d types, %v", n, err)
	}
	if _, err := countTypes(btf[:len(btf)-12]); err == nil {
		t.Error("no error for a type that is cut off")
	}
}

// tinyELF is an object with one section beside the names of sections.
func tinyELF(t *testing.T, name, content string) []byte {
	t.Helper()
	names := "\x00.shstrtab\x00" + name + "\x00"
	var b bytes.Buffer
	const header = 64
	h := elf.Header64{Type: uint16(elf.ET_REL), Machine: uint16(elf.EM_BPF), Version: 1, Ehsize: header,
		Shentsize: 64, Shnum: 3, Shstrndx: 1, Shoff: uint64(header + len(names) + len(content))}
	copy(h.Ident[:], "\x7fELF\x02\x01\x01")
	sections := []elf.Section64{{},
		{Name: 1, Type: uint32(elf.SHT_STRTAB), Off: header, Size: uint64(len(names))},
		{Name: 11, Type: uint32(elf.SHT_PROGBITS), Off: uint64(header + len(names)), Size: uint64(len(content))}}
	for _, v := range []any{h, []byte(names), []byte(content), sections} {
		if err := binary.Write(&b, binary.LittleEndian, v); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}
