package rfcread

import (
	"encoding/binary"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bpfsdt/bpf-sdt-link/object"
)

// The fixtures of this case have the labels that the RFC has, so clang's objects satisfy the rules before any link.
const fixture = "../testdata/bare_labels/a."

func load(t testing.TB, path string) []byte {
	t.Helper()
	packed, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data, err := object.Decompress(packed)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestRead(t *testing.T) {
	for _, kind := range []string{"clang14.el", "clang14.eb", "clang19.el", "clang19.eb", "clang22.el", "clang22.eb"} {
		t.Run(kind, func(t *testing.T) {
			probes, violations, err := Read(load(t, fixture+kind+".o.zst"))
			if err != nil || len(violations) > 0 {
				t.Fatal(err, violations)
			}
			if len(probes) != 1 {
				t.Fatalf("%d sites", len(probes))
			}
			p := probes[0]
			if p.Insn == 0 || len(p.Regs) != 2 || p.Regs[1] != 1 {
				t.Errorf("site %v", p)
			}
			p.Insn, p.Regs = 0, nil // the compiler's choice
			want := Probe{Name: "plain", Section: "xdp", Function: "prog", Nargs: 2, Types: []string{"int", "struct xdp_md *"}}
			if d := cmp.Diff(want, p); d != "" {
				t.Error(d)
			}
		})
	}
}

// editor changes an object in place.
type editor struct {
	t    *testing.T
	data []byte
	bo   binary.ByteOrder
}

// header returns the header of a section and its contents.
func (e *editor) section(name string) (header, body []byte) {
	shoff := e.bo.Uint64(e.data[40:])
	at := func(i uint64) []byte { return e.data[shoff+i*shdrSize : shoff+(i+1)*shdrSize] }
	names := at(uint64(e.bo.Uint16(e.data[62:])))
	for i := range uint64(e.bo.Uint16(e.data[60:])) {
		h := at(i)
		n, err := cstr(e.data[e.bo.Uint64(names[24:]):], e.bo.Uint32(h))
		if err == nil && n == name {
			off := e.bo.Uint64(h[24:])
			return h, e.data[off : off+e.bo.Uint64(h[32:])]
		}
	}
	e.t.Fatalf("no section %s", name)
	return nil, nil
}

func (e *editor) body(name string) []byte {
	_, body := e.section(name)
	return body
}

// symbol returns the entry of the symbol whose name starts with a prefix.
func (e *editor) symbol(prefix string) []byte {
	strs := e.body(".strtab")
	for tab := e.body(".symtab"); len(tab) > 0; tab = tab[symSize:] {
		if n, _ := cstr(strs, e.bo.Uint32(tab)); strings.HasPrefix(n, prefix) {
			return tab[:symSize]
		}
	}
	e.t.Fatalf("no symbol %s", prefix)
	return nil
}

func TestViolations(t *testing.T) {
	for _, tt := range []struct {
		name string
		edit func(*editor)
		want string // part of one violation
	}{
		{"no NOP", func(e *editor) {
			b := e.body("xdp")
			b[e.bo.Uint64(e.body(notesSection))] = 0x95
		}, "no NOP at xdp"},
		{"offset outside", func(e *editor) { e.bo.PutUint64(e.body(notesSection), 1<<40) }, "outside xdp"},
		{"offset odd", func(e *editor) { e.body(notesSection)[0] |= 1; e.body(notesSection)[7] |= 1 }, "outside xdp"},
		{"in no function", func(e *editor) { e.bo.PutUint64(e.symbol("prog")[16:], 8) }, "owned by functions []"},
		{"argument opcode", func(e *editor) { e.body(notesSection)[8] = 0xb7 }, "arg 0 insn b7"},
		{"argument order", func(e *editor) { e.body(notesSection)[17] ^= 0x33 }, "arg 1 insn"},
		{"argument register", func(e *editor) { e.body(notesSection)[9] |= 0xcc }, "arg 0 insn"},
		{"relocation type", func(e *editor) { e.bo.PutUint32(e.body(".rel" + notesSection)[12-4*e.little():], 3) }, "relocation [{3"},
		{"relocation place", func(e *editor) { e.bo.PutUint64(e.body(".rel"+notesSection), 8) }, "relocation at 0x8 is on no entry"},
		{"relocation symbol", func(e *editor) {
			e.bo.PutUint64(e.symbolOf(".rel" + notesSection)[8:], 8)
		}, "is not at the section start"},
		{"code not executable", func(e *editor) {
			h, _ := e.section("xdp")
			e.bo.PutUint64(h[8:], 2)
		}, "xdp is not executable"},
		{"label global", func(e *editor) { e.symbol(labelPrefix)[4] |= 0x10 }, "symbol is not local"},
		{"label late", func(e *editor) { e.bo.PutUint64(e.symbol(labelPrefix)[8:], 8) }, "bytes before the first entry"},
		{"label gone", func(e *editor) { e.symbol(labelPrefix)[6], e.symbol(labelPrefix)[7] = 0, 0 }, "notes without symbols"},
		{"label inside", func(e *editor) {
			second := e.symbol("prog")
			copy(second, e.symbol(labelPrefix))
			e.bo.PutUint64(second[8:], 12)
		}, "entry of 12 bytes"},
		{"count in the tag", func(e *editor) { e.replace(".BTF", "bpf_sdt:plain:2", "bpf_sdt:plain:1") }, "declared with 1"},
		{"name in the tag", func(e *editor) { e.replace(".BTF", "bpf_sdt:plain:2", "bpf_sdt:plaim:2") }, "plain: 0 declarations"},
		{"tag malformed", func(e *editor) { e.replace(".BTF", "bpf_sdt:plain:2", "bpf_sdt:plain;2") }, "is not bpf_sdt:"},
		{"tag without count", func(e *editor) { e.replace(".BTF", "bpf_sdt:plain:2", "bpf_sdt:plain:x") }, "has no count"},
		{"BTF magic", func(e *editor) { e.body(".BTF")[0] ^= 1 }, "bad BTF magic"},
	} {
		for _, order := range []string{"el", "eb"} {
			t.Run(tt.name+"/"+order, func(t *testing.T) {
				e := &editor{t: t, data: load(t, fixture+"clang19."+order+".o.zst"), bo: binary.LittleEndian}
				if order == "eb" {
					e.bo = binary.BigEndian
				}
				tt.edit(e)
				_, violations, err := Read(e.data)
				if err != nil {
					t.Fatal(err)
				}
				if !slices.ContainsFunc(violations, func(v string) bool { return strings.Contains(v, tt.want) }) {
					t.Errorf("violations %q, want one with %q", violations, tt.want)
				}
			})
		}
	}
}

// little is 1 for a little-endian object.
func (e *editor) little() int {
	if e.bo == binary.ByteOrder(binary.LittleEndian) {
		return 1
	}
	return 0
}

// symbolOf returns the entry of the symbol that the first relocation of a section names.
func (e *editor) symbolOf(rel string) []byte {
	info := e.bo.Uint64(e.body(rel)[8:])
	return e.body(".symtab")[(info>>32)*symSize:]
}

func (e *editor) replace(section, from, to string) {
	b := e.body(section)
	i := strings.Index(string(b), from)
	if i < 0 {
		e.t.Fatalf("no %q in %s", from, section)
	}
	copy(b[i:], to)
}

func TestErrors(t *testing.T) {
	good := load(t, fixture+"clang19.el.o.zst")
	for name, data := range map[string][]byte{
		"empty":     nil,
		"not ELF":   []byte(strings.Repeat("x", 100)),
		"truncated": good[:len(good)/2],
	} {
		t.Run(name, func(t *testing.T) {
			if p, v, err := Read(data); err == nil || p != nil || v != nil {
				t.Errorf("read %v, %v, %v", p, v, err)
			}
		})
	}
}

// FuzzRead holds that a file gives an error or a result, and no panic.
func FuzzRead(f *testing.F) {
	for _, kind := range []string{"clang14.el", "clang19.eb", "clang22.el"} {
		f.Add(load(f, fixture+kind+".o.zst"))
		f.Add(load(f, "../testdata/rfc_shapes/all."+kind+".o.zst"))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		probes, violations, err := Read(data)
		if err != nil && (probes != nil || violations != nil) {
			t.Errorf("both an error and a result: %v", err)
		}
		for _, p := range probes {
			if len(p.Regs) != p.Nargs || p.String() == "" {
				t.Errorf("site %+v", p)
			}
		}
	})
}
