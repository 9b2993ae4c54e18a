package code

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bpfsdt/bpf-sdt-link/object"
)

// Sections of testObject.
const (
	secText = 1 + iota
	secXDP
	secTC
	secTextCold
	secData
)

func codeSection(name string, data []byte, relocs ...object.Reloc) object.Section {
	return object.Section{Name: name, Type: object.SecProgbits, Flags: object.FlagAlloc | object.FlagExec, Size: uint64(len(data)), Data: data, Relocs: relocs}
}

func function(name string, section uint32, start, size uint64) object.Symbol {
	return object.Symbol{Name: name, Bind: object.Global, Type: object.TypeFunc, Section: section, Value: start, Size: size}
}

// testObject has two programs:
//
//	xdp: calls a by symbol, and c by section symbol and addend
//	tc:  takes the address of b by relocation, and calls the unlikely function
//	a calls b by distance; b calls itself; c takes the address of a by distance; nobody calls lonely
func testObject(bo binary.ByteOrder) *object.Object {
	call := func(distance int32) insn { return insn{op: opCall, src: srcCall, imm: distance} }
	text := assemble(bo,
		call(1), exit, // 0: a
		call(-1), exit, // 16: b
		insn{op: opLdImm64, src: srcFunc, imm: -5}, insn{}, insn{op: opGotol, imm: -7}, exit, // 32: c; the jump is no call
		insn{op: opCall, imm: 6}, exit, // 64: lonely calls a helper
	)
	return &object.Object{
		Order: bo,
		Sections: []object.Section{
			{},
			codeSection(".text", text),
			codeSection("xdp", assemble(bo, call(-1), call(3), exit),
				object.Reloc{Offset: 0, Type: 10, Sym: 1}, object.Reloc{Offset: 8, Type: 10, Sym: 7}),
			codeSection("tc", assemble(bo, insn{op: opLdImm64, src: srcFunc}, insn{}, call(-1), call(-1), exit),
				object.Reloc{Offset: 0, Type: 1, Sym: 2}, object.Reloc{Offset: 16, Type: 10, Sym: 8}, object.Reloc{Offset: 24, Type: 10, Sym: 9}),
			codeSection(".text.unlikely.", assemble(bo, exit)),
			{Name: ".data", Type: object.SecProgbits, Size: 8, Data: make([]byte, 8), Relocs: []object.Reloc{{Offset: 0, Type: 2, Sym: 1}}},
		},
		Symbols: []object.Symbol{{},
			function("a", secText, 0, 16), function("b", secText, 16, 16), function("c", secText, 32, 32), function("lonely", secText, 64, 16),
			function("prog", secXDP, 0, 24), function("classify", secTC, 0, 40),
			{Type: object.TypeSection, Section: secText},
			function("cold", secTextCold, 0, 8),
			{Name: "kfunc", Bind: object.Global}, // undefined
			{Name: "variable", Type: object.TypeObject, Section: secData, Size: 8},
			{Name: "odd", Type: object.TypeFunc, Section: secData}, // in no code section: no function
		},
	}
}

func TestGraph(t *testing.T) {
	for _, bo := range orders {
		g := Functions(testObject(bo))
		name := func(ids []int32) (names []string) {
			for _, i := range ids {
				names = append(names, g.Funcs[i].Name)
			}
			return names
		}
		type row struct {
			Name, Section string
			Program       bool
			Calls, In     []string
		}
		programs := g.Programs()
		var got []row
		for i, f := range g.Funcs {
			got = append(got, row{f.Name, g.obj.Sections[f.Section].Name, g.Program(i), name(g.Calls(i)), name(programs[i])})
		}
		want := []row{
			{"a", ".text", false, []string{"b"}, []string{"prog"}},
			{"b", ".text", false, []string{"b"}, []string{"prog", "classify"}},
			{"c", ".text", false, []string{"a"}, []string{"prog"}},
			{"lonely", ".text", false, nil, nil},
			{"prog", "xdp", true, []string{"a", "c"}, []string{"prog"}},
			{"classify", "tc", true, []string{"b", "cold"}, []string{"classify"}},
			{"cold", ".text.unlikely.", false, nil, []string{"classify"}},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%v (-want +got):\n%s", bo, diff)
		}
	}
}

// A relocation that does not fit its place, or an address outside all functions, is no call.
func TestGraphOddCalls(t *testing.T) {
	bo := orders[0]
	o := testObject(bo)
	xdp := &o.Sections[secXDP]
	xdp.Relocs[0].Type = 99
	xdp.Relocs[1].Offset = 16 // an exit
	bo.PutUint32(o.Sections[secText].Data[4:], 1000)
	g := Functions(o)
	for i, f := range g.Funcs {
		if calls := g.Calls(i); len(calls) > 0 && (f.Name == "a" || f.Name == "prog") {
			// prog's second call lost its relocation, so it is by distance now, out of its section
			t.Errorf("%s calls %v", f.Name, calls)
		}
	}
	bo.PutUint32(o.Sections[secText].Data[4:], 1<<31) // far before the section
	_ = Functions(o).Programs()
}

// Functions may overlap (aliases, an outer one that holds others) and leave gaps; At and
// Overlapping are compared with a search of all.
func TestOverlapping(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 500 {
		const size = 40
		o := &object.Object{Order: orders[0], Sections: []object.Section{{}, codeSection(".text", make([]byte, size)), codeSection("xdp", make([]byte, size))}, Symbols: []object.Symbol{{}}}
		for range rng.IntN(8) {
			start := rng.Uint64N(size)
			o.Symbols = append(o.Symbols, function("f", 1+rng.Uint32N(2), start, rng.Uint64N(size-start+1)))
		}
		g := Functions(o)
		if !slices.IsSortedFunc(g.Funcs, func(a, b Function) int { return (a.Section-b.Section)*1000 + int(a.Start) - int(b.Start) }) {
			t.Fatalf("not in order: %+v", g.Funcs)
		}
		for section := range 4 {
			for start := uint64(0); start < size+2; start++ {
				end := start + 1 + rng.Uint64N(size)
				var want []int
				for i := len(g.Funcs) - 1; i >= 0; i-- {
					if f := &g.Funcs[i]; f.Section == section && f.Start < end && start < f.End {
						want = append(want, i)
					}
				}
				var got []int
				g.Overlapping(section, start, end, func(i int) bool { got = append(got, i); return true })
				if !slices.Equal(got, want) {
					t.Fatalf("%+v\nsection %d, %d to %d: %v, want %v", g.Funcs, section, start, end, got, want)
				}
				at := -1
				for i := range g.Funcs {
					if f := &g.Funcs[i]; f.Section == section && f.Start <= start && start < f.End {
						at = i
					}
				}
				if got := g.At(section, start); got != at {
					t.Fatalf("%+v\nsection %d at %d: %d, want %d", g.Funcs, section, start, got, at)
				}
			}
		}
	}
}
