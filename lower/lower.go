// Package lower turns probe sites into calls. A site is a NOP; in its place come instructions that save the registers
// the program still needs, move the probe's arguments to where a call takes them, call a function, and restore.
//
// The package sees a link as functions that call each other. It decides what is put where, as edits for package code,
// and refuses what it cannot do right: it never guesses. Three things have to hold of each site, for every program
// that the kernel's verifier takes:
//
//   - every register that the program can still read keeps its value (liveness, flow.go), and none is saved that the
//     verifier has not seen set (initialisation, flow.go);
//   - what is saved on the stack is below everything that the function, or one that it calls, can touch (frame.go);
//   - the limits of the kernel still hold of every chain of calls (limits.go).
//
// There is one function, [Lower]. Package linker calls it with all functions of a link; nobody else is expected to.
package lower

import (
	"encoding/binary"
	"fmt"

	"github.com/bpfsdt/bpf-sdt-link/code"
)

// Program is all the code of a link.
type Program struct {
	Order binary.ByteOrder
	Funcs []Func
}

// Entry is how a function is entered, which tells what its registers hold then.
type Entry uint8

const (
	Main   Entry = iota // a program: r1 is the context
	Static              // called from the same link only
	Global              // verified on its own: what BTF says of its parameters holds
)

// Func is a function.
type Func struct {
	Name   string
	Entry  Entry
	Code   []byte // its instructions
	Params int    // by BTF, -1 if it has none
	Stack  int    // bytes of stack, by .stack_sizes; -1 if it is not there
	// Pinned are the parameters that the verifier does not let onto the stack: pointers to a dynptr.
	Pinned code.Regs
	Refs   []Ref  // in order of Off
	Sites  []Site // in order of Off
	// Labels are places in the function that data points to, in bytes from its start: a gotox can lead to each.
	Labels []uint64
	// Problem says why the function cannot be rewritten; "" if it can be.
	Problem string
}

// RefKind is what an instruction refers to.
type RefKind uint8

const (
	Callee   RefKind = iota // calls a function of the link
	External                // calls something else: a kfunc, or a function of a later link
	Address                 // takes the address of a function of the link, for a callback
	Table                   // uses a jump table
	Other                   // refers to anything else
)

// Ref is what an instruction refers to outside of its function.
type Ref struct {
	Off     uint64 // of the instruction, in bytes from the function's start
	Kind    RefKind
	Func    int      // Callee, Address: index in Program.Funcs
	Args    int      // External: the number of its parameters, -1 if it is not known
	Void    bool     // External: it returns nothing
	Targets []uint64 // Table: its entries, in bytes from the function's start
}

// Site is a probe site in a function.
type Site struct {
	Off   uint64 // of the NOP, in bytes from the function's start
	Probe string
	Regs  []uint8 // that hold the arguments
	// Lower says that the site becomes a call of the function with index Callee.
	Lower  bool
	Callee int
	// Insert says that there is no NOP: the call is put before the instruction at Off.
	Insert bool
	// Extend has for each argument its width if the callee expects it extended to a register: bytes, negative for a
	// signed type; 0 where the callee does that itself. Number is for a pointer that the callee takes as a number.
	Extend []int8
}

// Number in Site.Extend makes the verifier take a pointer for a number.
const Number = 8

// Note is something to say of a site.
type Note struct {
	Func, Site int
	ID         string
	Message    string
	Hint       string
}

// Result is what lowering makes of a program.
type Result struct {
	// Edits are for each function the edits of its code, with positions in bytes from its start. The Callee of an
	// EditCall is an index in Program.Funcs.
	Edits [][]code.Edit
	// Refused are the sites that cannot be lowered. There are no edits for them.
	Refused  []Note
	Warnings []Note
}

// Lower lowers the sites of a program.
func Lower(p *Program) *Result {
	r := &Result{Edits: make([][]code.Edit, len(p.Funcs))}
	s := newState(p, r)
	if !s.wanted() {
		return r
	}
	s.analyse()
	for i := len(s.bottomUp) - 1; i >= 0; i-- {
		s.reenter(s.bottomUp[i])
	}
	for _, f := range s.bottomUp {
		s.lowerSites(f)
	}
	s.limits()
	s.warnings()
	for i := range s.funcs {
		if f := &s.funcs[i]; !f.refused {
			r.Edits[i] = f.edits(p.Order)
		}
	}
	return r
}

// analyse finds out about each function what it tells by itself and by those that it calls.
func (s *state) analyse() {
	s.decode()
	s.sort()
	for _, f := range s.bottomUp {
		s.liveness(f)
		s.initialise(f, f.assumedEntry())
		f.noteReturn()
		s.frame(f)
	}
}

// state is the work on one program.
type state struct {
	*Program
	result   *Result
	funcs    []function
	bottomUp []*function // callees before callers
}

// function is a Func with what is found out about it. Slots are positions in instructions of 8 bytes.
type function struct {
	*Func
	index int
	insn  []code.Insn // by slot
	form  []code.Form // by slot; half of a second slot
	refAt map[int]*Ref
	// siteAt is the index of the site at a slot.
	siteAt map[int]int
	tables []int  // the slots that its jump tables lead to
	joined []bool // by slot: some jump leads there
	// callees are the functions that it calls or takes the address of, by its sites as well.
	callees []int

	callers []call
	taken   bool        // its address is taken
	live    []code.Regs // at the start of each slot, arguments of a site there included
	must    []code.Regs // those that have a value on every path to the slot
	may     []code.Regs // and on some
	pinned  []code.Regs // those that hold a pinned parameter; see pinnedAt
	entry   entryRegs
	returns entryRegs // whether r0 is set at the exits

	summary
	zero    map[int]code.Regs // slot of a call, or zeroAtEntry -> registers that are set to 0 behind it
	blocks  []block           // by site
	slots   int               // that registers are saved in, 8 bytes each
	refused bool              // some site is: no edits
}

const half code.Form = 0xff

// call is a call of a function.
type call struct {
	from *function
	slot int
}

type entryRegs struct{ must, may code.Regs }

func newState(p *Program, r *Result) *state {
	s := &state{Program: p, result: r, funcs: make([]function, len(p.Funcs))}
	for i := range p.Funcs {
		s.funcs[i] = function{Func: &p.Funcs[i], index: i}
	}
	return s
}

// wanted reports whether there is anything to do.
func (s *state) wanted() bool {
	for i := range s.funcs {
		for _, site := range s.funcs[i].Sites {
			if site.Lower {
				return true
			}
		}
	}
	return false
}

// refuse notes that a site cannot be lowered.
func (s *state) refuse(f *function, site int, id, hint, format string, args ...any) {
	b := &f.blocks[site]
	if b.refused {
		return
	}
	b.refused, f.refused = true, true
	s.result.Refused = append(s.result.Refused, Note{Func: f.index, Site: site, ID: id, Message: fmt.Sprintf(format, args...), Hint: hint})
}

func (s *state) warn(f *function, site int, id, hint, format string, args ...any) {
	s.result.Warnings = append(s.result.Warnings, Note{Func: f.index, Site: site, ID: id, Message: fmt.Sprintf(format, args...), Hint: hint})
}
