// Package object reads and writes relocatable BPF ELF objects. It is the only package
// that knows ELF bytes; above it there are sections, symbols and relocations, whose
// offsets, sizes and indexes have been checked.
//
// The formats are those of the System V gABI (ELF64, relocatable) for machine EM_BPF,
// in either byte order. BPF uses SHT_REL: addends stand in the section contents.
//
// Begin with [Parse] for an object in memory, with a [Reader] for files, of which it reads no more than a link needs, and
// with an [Image] to write one. Compressed objects go through [Plain] first, but for those that a Reader reads.
package object

import (
	"encoding/binary"
)

// ELF constants that debug/elf lacks or that read better without a type.
const (
	MachineBPF = 247 // EM_BPF

	SecNull     = 0 // SHT_NULL
	SecProgbits = 1 // SHT_PROGBITS
	SecSymtab   = 2 // SHT_SYMTAB
	SecStrtab   = 3 // SHT_STRTAB
	SecRela     = 4 // SHT_RELA
	SecNote     = 7 // SHT_NOTE
	SecNobits   = 8 // SHT_NOBITS
	SecRel      = 9 // SHT_REL
	SecGroup    = 17

	// SecLLVMFirst to SecLLVMLast are LLVM's own section types, SHT_LLVM_ADDRSIG among
	// them. None of them means anything to a BPF loader.
	SecLLVMFirst = 0x6fff4c00
	SecLLVMLast  = 0x6fff4cff

	FlagWrite      = 0x1      // SHF_WRITE
	FlagAlloc      = 0x2      // SHF_ALLOC
	FlagExec       = 0x4      // SHF_EXECINSTR
	FlagMerge      = 0x10     // SHF_MERGE
	FlagStrings    = 0x20     // SHF_STRINGS
	FlagInfoLink   = 0x40     // SHF_INFO_LINK
	FlagLinkOrder  = 0x80     // SHF_LINK_ORDER
	FlagGroup      = 0x200    // SHF_GROUP
	FlagCompressed = 0x800    // SHF_COMPRESSED
	FlagRetain     = 0x200000 // SHF_GNU_RETAIN

	Undef     = 0      // SHN_UNDEF
	LoReserve = 0xff00 // SHN_LORESERVE
	Abs       = 0xfff1 // SHN_ABS
	Common    = 0xfff2 // SHN_COMMON

	Local  = 0 // STB_LOCAL
	Global = 1 // STB_GLOBAL
	Weak   = 2 // STB_WEAK

	TypeNone    = 0 // STT_NOTYPE
	TypeObject  = 1 // STT_OBJECT
	TypeFunc    = 2 // STT_FUNC
	TypeSection = 3 // STT_SECTION
	TypeFile    = 4 // STT_FILE

	VisDefault   = 0 // STV_DEFAULT
	VisInternal  = 1 // STV_INTERNAL
	VisHidden    = 2 // STV_HIDDEN
	VisProtected = 3 // STV_PROTECTED
)

// InsnSize is the size of a BPF instruction in bytes; ld_imm64 takes two.
const InsnSize = 8

// Object is a parsed object. Section contents alias the bytes it was parsed from.
type Object struct {
	Name     string // for diagnostics
	Size     uint64 // of the file, decompressed, in bytes
	Order    binary.ByteOrder
	Sections []Section // by ELF section index; 0 is the null section
	Symbols  []Symbol  // by ELF symbol index; 0 is the null symbol
	Symtab   int       // section index of the symbol table, 0 if there is none
}

// Section is a section header and its contents.
type Section struct {
	Name    string
	Type    uint32
	Flags   uint64
	Offset  uint64 // of the contents in the file, in bytes
	Size    uint64 // bytes
	Data    []byte // Size bytes; nil for NOBITS
	Link    uint32
	Info    uint32
	Align   uint64 // bytes, a power of two, at least 1
	Entsize uint64

	// Relocs are the relocations of this section (not of this SHT_REL section), in the
	// order of the file.
	Relocs []Reloc
	// RelSection is the index of the SHT_REL section that Relocs come from, or 0.
	RelSection int
}

// Exec reports whether the section holds instructions.
func (s *Section) Exec() bool { return s.Type == SecProgbits && s.Flags&FlagExec != 0 }

// Symbol is a symbol table entry.
type Symbol struct {
	Name    string
	Bind    uint8
	Type    uint8
	Other   uint8  // st_other; the visibility is its low two bits
	Section uint32 // section index, Undef, Abs or Common
	Value   uint64 // bytes from the start of Section
	Size    uint64 // bytes
}

// Visibility returns STV_*.
func (s *Symbol) Visibility() uint8 { return s.Other & 3 }

// Defined reports whether the symbol stands for bytes of a section of its object.
func (s *Symbol) Defined() bool { return s.Section != Undef && s.Section < LoReserve }

// Reloc is one entry of a SHT_REL section.
type Reloc struct {
	Offset uint64 // bytes from the start of the section it applies to
	Type   uint32 // R_BPF_*, see package reloc
	Sym    uint32 // symbol index, below len(Object.Symbols)
}

// SymbolLabel names symbol i in a diagnostic: its name, or its section's for a section symbol.
func (o *Object) SymbolLabel(i uint32) string {
	s := &o.Symbols[i]
	if s.Name == "" && s.Type == TypeSection && s.Defined() {
		return o.Sections[s.Section].Name
	}
	return s.Name
}
