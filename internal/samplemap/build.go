// Package samplemap makes maps of links that never were, to test how maps are written (test support).
package samplemap

import (
	"github.com/bpfsdt/bpf-sdt-link/linkmap"
)

// builder lays sections out one behind the other, as a linker does.
type builder struct{ m *linkmap.Map }

const headerSize = 64 // of an ELF file

func start(output string, inputs ...linkmap.Input) *builder {
	return &builder{&linkmap.Map{Output: output, Size: headerSize, Inputs: inputs}}
}

func (b *builder) section(name, kind, flags string, align uint64) {
	b.m.Size = (b.m.Size + align - 1) / align * align
	b.m.Sections = append(b.m.Sections, linkmap.Section{Name: name, Type: kind, Flags: flags, Align: align, Offset: b.m.Size})
}

// grow makes the last section longer.
func (b *builder) grow(size uint64) (offset uint64) {
	s := &b.m.Sections[len(b.m.Sections)-1]
	offset = s.Size
	s.Size += size
	if s.Type != "zero" {
		b.m.Size += size
	}
	return offset
}

// table adds a section that no input is in.
func (b *builder) table(name, kind string, align, size uint64) {
	b.section(name, kind, "", align)
	b.grow(size)
}

// part adds symbols of an input to the last section, one behind the other.
func (b *builder) part(input int, section string, symbols ...linkmap.Symbol) {
	s := &b.m.Sections[len(b.m.Sections)-1]
	b.grow((s.Align - s.Size%s.Align) % s.Align)
	p := linkmap.Part{Input: input, Section: section, Offset: s.Size}
	for _, sym := range symbols {
		sym.Section, sym.Input, sym.Offset = len(b.m.Sections)-1, input, p.Offset+p.Size
		if sym.Visibility == "" {
			sym.Visibility = "default"
		}
		p.Size += sym.Size
		b.m.Symbols = append(b.m.Symbols, sym)
	}
	b.grow(p.Size)
	p.Before = p.Size
	s.Parts = append(s.Parts, p)
}

// last is the part that was added last.
func (b *builder) last() *linkmap.Part {
	s := &b.m.Sections[len(b.m.Sections)-1]
	return &s.Parts[len(s.Parts)-1]
}

// finish adds the tables that every object has.
func (b *builder) finish() *linkmap.Map {
	b.table(".symtab", "symbols", 8, uint64(len(b.m.Symbols)+1)*24)
	names := uint64(1)
	for i := range b.m.Symbols {
		names += uint64(len(b.m.Symbols[i].Name)) + 1
	}
	b.table(".strtab", "strings", 1, names)
	b.m.Size = (b.m.Size+7)/8*8 + uint64(len(b.m.Sections)+1)*64
	return b.m
}

func function(name, binding string, size uint64, file string, line uint32) linkmap.Symbol {
	return linkmap.Symbol{Name: name, Binding: binding, Type: "function", Size: size, File: file, Line: line}
}

func variable(name, binding string, size uint64) linkmap.Symbol {
	return linkmap.Symbol{Name: name, Binding: binding, Type: "object", Size: size}
}
