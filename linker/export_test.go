package linker

import (
	"encoding/binary"
	"fmt"

	"github.com/bpfsdt/bpf-sdt-link/btfgen"
	"github.com/bpfsdt/bpf-sdt-link/code"
	"github.com/bpfsdt/bpf-sdt-link/lower"
	"github.com/bpfsdt/bpf-sdt-link/notes"
	"github.com/bpfsdt/bpf-sdt-link/object"
)

// SiteQuery is an instruction that a test may put a probe site before.
type SiteQuery struct {
	Object, Section, Function string
	Main                      bool
	Insn                      int       // index of the instruction in the function, in units of 8 bytes
	Decoded                   code.Insn // the instruction
}

// WithSites returns options by which a link puts lowered sites before the instructions for which choose returns
// true, with the registers that hold their arguments: at most 5. The inputs must include InsertedStubs.
func WithSites(opts Options, choose func(q SiteQuery) (regs []uint8, ok bool)) Options {
	opts.insertSites = func(v *codeView) {
		var stubs [6]int
		for f := range v.funcs {
			for n := range stubs {
				if v.program.Funcs[f].Name == insertedStub(n) && v.funcs[f].unit.Obj.Name == InsertedStubsName {
					stubs[n] = f
				}
			}
		}
		for f := range v.funcs {
			insertInto(v, f, stubs, choose)
		}
	}
	return opts
}

func insertInto(v *codeView, f int, stubs [6]int, choose func(q SiteQuery) ([]uint8, bool)) {
	at, fn := &v.funcs[f], &v.program.Funcs[f]
	if at.unit.Obj.Name == InsertedStubsName || fn.Problem != "" || len(fn.Sites) > 0 {
		return
	}
	for off := uint64(0); off+code.InsnSize <= uint64(len(fn.Code)); off = code.Next(fn.Code, off) {
		q := SiteQuery{at.unit.Obj.Name, at.unit.Obj.Sections[at.fn.Section].Name, at.fn.Name, fn.Entry == lower.Main, int(off / code.InsnSize),
			code.Decode(v.program.Order, fn.Code, off)}
		if regs, ok := choose(q); ok {
			fn.Sites = append(fn.Sites, lower.Site{Off: off, Probe: insertedStub(len(regs)), Regs: regs, Lower: true, Callee: stubs[len(regs)], Insert: true})
		}
	}
}

// InsertedStubsName is the name of the object of the stubs for inserted sites.
const InsertedStubsName = "inserted-stubs.o"

func insertedStub(args int) string { return fmt.Sprintf("inserted_%d", args) }

// InsertedStubs is an object with a stub for each number of arguments, as an earlier link would have left them.
func InsertedStubs(order binary.ByteOrder) Input {
	b := btfgen.NewBuilder(order)
	result, word := b.Int("int", 4, btfgen.Signed), b.Int("unsigned long long", 8, 0)
	im := object.Image{Order: order}
	text := object.ImageSection{Name: ".text", Type: object.SecProgbits, Flags: object.FlagAlloc | object.FlagExec | object.FlagRetain, Align: 8}
	var funcs []btfgen.FuncRecord
	var lines []btfgen.LineRecord
	var params []btfgen.Param
	for n := range 6 {
		at := uint64(len(text.Data))
		text.Data = append(text.Data, stubCode...)
		id := b.Func(insertedStub(n), b.Proto(result, params), btfgen.Static)
		b.Tag(notes.StubTag+insertedStub(n), id)
		funcs = append(funcs, btfgen.FuncRecord{Offset: uint32(at), Type: id})
		lines = append(lines, btfgen.LineRecord{Offset: uint32(at), Line: btfgen.Line{File: "inserted.c", Line: uint32(n + 1)}, Text: "stub"})
		im.Symbols = append(im.Symbols, object.ImageSymbol{Name: insertedStub(n), Type: object.TypeFunc, Value: at, Size: uint64(len(stubCode))})
		params = append(params, btfgen.Param{Name: fmt.Sprintf("a%d", n+1), Type: word})
	}
	ext := b.Ext(btfgen.CodeRecords{Section: ".text", Funcs: funcs, Lines: lines})
	im.Sections = []object.ImageSection{text, btfSection(".BTF", b.Types()), btfSection(".BTF.ext", ext)}
	data, err := im.Write()
	if err != nil {
		panic(err)
	}
	return Input{Name: InsertedStubsName, Data: data}
}
