// Package notes reads .bpf_sdt_notes, the section in which clang leaves a record of every
// BPF SDT probe site: where its NOP is and which register holds each argument.
//
// The format is that of the kernel RFC "bpf: Introduce static-defined tracing probe for
// BPF" (June 2026); docs/format.md describes it byte by byte.
//
// Begin with [Open] and [File.Probes], which find the probes of an object, whether their sites are NOPs or have become
// calls. [File.Scan] is what a linker needs: declarations and entries as they stand in one input.
package notes

import "fmt"

// MaxArgs is the number of arguments that a probe can have.
const MaxArgs = 5

// Section is the name of the section that holds the notes.
const Section = ".bpf_sdt_notes"

// LabelPrefix starts the name of the local symbol at each entry. The probe's name follows,
// then, in an object that no linker has seen, a dot and a number.
const LabelPrefix = "___sdt_jt_"

// TypePrefix starts the name of the static variable whose type is a pointer to the probe's prototype.
const TypePrefix = "__sdt_type_"

// TagPrefix starts the declaration tag of that variable: "bpf_sdt:<name>:<nargs>".
const TagPrefix = "bpf_sdt:"

// Probe is a probe of an object: its declaration, and the sites at which it stands.
type Probe struct {
	Name string
	// Args are the argument types of the declaration; nil if there is none or it is faulty.
	Args []Arg
	// Declared tells whether the object's BTF has a declaration of the probe.
	Declared bool
	// ProtoID is the BTF type id of the declaration's FUNC_PROTO in the object, 0 if not declared.
	ProtoID uint32
	// Sites in the order of section index and offset.
	Sites []Site
	// Stub is the BTF name of the function that an fentry observer of the probe attaches to, "" if there is none.
	Stub string
	// Flag is the name of the variable that BPF_SDT_ENABLED reads, "" if the object has none.
	Flag string

	faulty bool // an entry tells no site
}

// Arg is an argument type of a probe.
type Arg struct {
	Type   string // C text, such as "struct xdp_md *"
	TypeID uint32 // BTF type id in the object
	Size   uint32 // bytes, 1 to 8
	Signed bool   // integers and enums only
}

// Site is a place in the code where a probe stands.
type Site struct {
	Probe    string
	Section  string   // the code section
	Function string   // the function that holds the NOP, "" if there is none
	Programs []string // the programs that the site runs in: Function itself, or those that reach it
	Offset   uint64   // of the NOP or the call, in bytes from the start of Section
	Regs     []uint8  // the register, 0 to 10, that holds each argument of a NOP
	File     string   // C source of the site, "" if line_info does not say
	Line     uint32
	Column   uint32
	Entry    uint64 // of the entry, in bytes from the start of .bpf_sdt_notes; 0 for a lowered site
	Linked   Linked // what the site is
	Callee   string // the function that a lowered site calls

	SectionIndex int // ELF index of Section
}

// Linked is what a site is: the NOP that a compiler made, or what a linker made of it.
type Linked uint8

const (
	LinkedNop    Linked = iota // a NOP, with a note
	LinkedCall                 // a call of the probe's stub
	LinkedAttach               // a call of a function of the program
)

// String returns "nop", "call" or "attach".
func (l Linked) String() string {
	if names := [...]string{"nop", "call", "attach"}; int(l) < len(names) {
		return names[l]
	}
	return fmt.Sprintf("linked(%d)", uint8(l))
}

// Insn is the index of the NOP in its section, in instructions of 8 bytes.
func (s *Site) Insn() uint64 { return s.Offset / 8 }
