package object

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/bpfsdt/bpf-sdt-link/internal/intern"
)

// Image is an object to be written. Indexes in it are the caller's: sections count from 0,
// and symbol and section indexes in the file are made by Write.
type Image struct {
	Order    binary.ByteOrder
	Sections []ImageSection
	// Symbols in any order; Write puts the locals first, as the gABI wants, and keeps
	// the given order otherwise.
	Symbols []ImageSymbol
}

// ImageSection is a section of an Image.
type ImageSection struct {
	Name    string
	Type    uint32
	Flags   uint64
	Align   uint64 // bytes
	Entsize uint64
	Data    []byte // contents; ignored for NOBITS
	Size    uint64 // bytes, of a NOBITS section
	Relocs  []ImageReloc
}

// ImageReloc is a relocation of an ImageSection.
type ImageReloc struct {
	Offset uint64 // bytes
	Type   uint32
	Sym    uint32 // index in Image.Symbols
}

// Special values of ImageSymbol.Section.
const (
	SymUndef  = -1
	SymAbs    = -2
	SymCommon = -3
)

// ImageSymbol is a symbol of an Image.
type ImageSymbol struct {
	Name    string
	Bind    uint8
	Type    uint8
	Other   uint8
	Section int // index in Image.Sections, or SymUndef, SymAbs, SymCommon
	Value   uint64
	Size    uint64
}

// FirstSection is the ELF index of Image.Sections[0]: after the null section, .strtab and .symtab.
const FirstSection = 3

// maxFileAlign bounds the alignment of contents in the file, which is for the convenience of who
// maps it; sh_addralign is kept, whatever it is.
const maxFileAlign = 4096

// strtab is a string table in the making: each string once, in order of first use.
type strtab struct {
	data  []byte
	names *intern.Table
	at    []uint32 // by number of the name
}

func (t *strtab) add(s string) uint32 {
	if s == "" {
		return 0
	}
	n := t.names.Add(s)
	if int(n) == len(t.at) {
		t.at = append(t.at, uint32(len(t.data)))
		t.data = append(append(t.data, s...), 0)
	}
	return t.at[n]
}

// Write lays the file out and returns it.
func (im *Image) Write() ([]byte, error) {
	pieces, err := im.Pieces()
	return slices.Concat(pieces...), err
}

// Pieces lays the file out and returns it in pieces, of which many are section contents as they are: ELF header, sections
// back to back with their alignment (.strtab, .symtab, the image's sections in order, relocation sections), and
// the section headers last. The error says which limit of ELF the image exceeds.
func (im *Image) Pieces() ([][]byte, error) {
	bo := im.Order
	nrel := 0
	for i := range im.Sections {
		if len(im.Sections[i].Relocs) > 0 {
			nrel++
		}
	}
	shnum := FirstSection + len(im.Sections) + nrel
	if shnum >= LoReserve {
		return nil, fmt.Errorf("%d sections, ELF without extended indexes holds %d", shnum, LoReserve-1)
	}
	if uint64(len(im.Symbols)) >= math.MaxUint32 {
		return nil, fmt.Errorf("%d symbols", len(im.Symbols))
	}
	strs := &strtab{data: []byte{0}, names: intern.New(intern.NewSeed()), at: []uint32{0}}
	heads := make([]ImageSection, 0, shnum)
	heads = append(heads, ImageSection{}, ImageSection{Name: ".strtab", Type: SecStrtab, Flags: FlagStrings, Align: 1},
		ImageSection{Name: ".symtab", Type: SecSymtab, Align: 8, Entsize: symSize})
	heads = append(heads, im.Sections...)
	links, infos := make([]uint32, shnum), make([]uint32, shnum)

	symtab, place, firstGlobal := im.symtab(strs)
	heads[2].Data, links[2], infos[2] = symtab, 1, firstGlobal
	for i := range im.Sections {
		if rels := im.Sections[i].Relocs; len(rels) > 0 {
			links[len(heads)], infos[len(heads)] = 2, uint32(FirstSection+i)
			heads = append(heads, ImageSection{Name: ".rel" + im.Sections[i].Name, Type: SecRel, Flags: FlagInfoLink,
				Align: 8, Entsize: relSize, Data: encodeRelocs(bo, rels, place)})
		}
	}
	names := make([]uint32, shnum)
	for i := range heads {
		names[i] = strs.add(heads[i].Name)
	}
	heads[1].Data = strs.data
	if uint64(len(strs.data)) > math.MaxUint32 {
		return nil, fmt.Errorf("string table of %d bytes", len(strs.data))
	}
	return im.assemble(heads, names, links, infos), nil
}

// symtab encodes the symbols with the locals first. place maps an image index to the file's.
func (im *Image) symtab(strs *strtab) (data []byte, place []uint32, firstGlobal uint32) {
	place = make([]uint32, len(im.Symbols))
	next := uint32(1)
	for _, local := range []bool{true, false} {
		for i := range im.Symbols {
			if (im.Symbols[i].Bind == Local) == local {
				place[i] = next
				next++
			}
		}
		if local {
			firstGlobal = next
		}
	}
	bo := im.Order
	data = make([]byte, symSize*(len(im.Symbols)+1))
	for i := range im.Symbols {
		s := &im.Symbols[i]
		e := data[place[i]*symSize:]
		bo.PutUint32(e, strs.add(s.Name))
		e[4], e[5] = s.Bind<<4|s.Type&15, s.Other
		shndx := uint16(Undef)
		switch s.Section {
		case SymUndef:
		case SymAbs:
			shndx = Abs
		case SymCommon:
			shndx = Common
		default:
			shndx = uint16(FirstSection + s.Section)
		}
		bo.PutUint16(e[6:], shndx)
		bo.PutUint64(e[8:], s.Value)
		bo.PutUint64(e[16:], s.Size)
	}
	return data, place, firstGlobal
}

func encodeRelocs(bo binary.ByteOrder, rels []ImageReloc, place []uint32) []byte {
	data := make([]byte, relSize*len(rels))
	for i, r := range rels {
		bo.PutUint64(data[i*relSize:], r.Offset)
		bo.PutUint64(data[i*relSize+8:], uint64(place[r.Sym])<<32|uint64(r.Type))
	}
	return data
}

func align(n, to uint64) uint64 { return (n + to - 1) &^ (to - 1) }

func (im *Image) assemble(heads []ImageSection, names, links, infos []uint32) (pieces [][]byte) {
	bo := im.Order
	ehdr := make([]byte, ehdrSize)
	shdrs := make([]byte, len(heads)*shdrSize)
	pieces = append(make([][]byte, 0, 2*len(heads)+1), ehdr)
	pos := uint64(ehdrSize)
	pad := func(to uint64) {
		if next := align(pos, to); next > pos {
			pieces = append(pieces, zeros[:next-pos])
			pos = next
		}
	}
	for i := 1; i < len(heads); i++ {
		h := &heads[i]
		if h.Type != SecNobits {
			h.Size = uint64(len(h.Data))
			pad(min(max(h.Align, 1), maxFileAlign))
		}
		e := shdrs[i*shdrSize:]
		bo.PutUint32(e, names[i])
		bo.PutUint32(e[4:], h.Type)
		bo.PutUint64(e[8:], h.Flags)
		bo.PutUint64(e[24:], pos)
		bo.PutUint64(e[32:], h.Size)
		bo.PutUint32(e[40:], links[i])
		bo.PutUint32(e[44:], infos[i])
		bo.PutUint64(e[48:], max(h.Align, 1))
		bo.PutUint64(e[56:], h.Entsize)
		if h.Type != SecNobits && h.Size > 0 {
			pieces = append(pieces, h.Data)
			pos += h.Size
		}
	}
	pad(8)
	im.header(ehdr, pos, len(heads))
	return append(pieces, shdrs)
}

// zeros are what stands between sections.
var zeros [maxFileAlign]byte

// header encodes the ELF header of a file with shnum section headers at shoff.
func (im *Image) header(out []byte, shoff uint64, shnum int) {
	bo := im.Order
	copy(out, "\x7fELF\x02\x01\x01")
	if bo == binary.ByteOrder(binary.BigEndian) {
		out[5] = 2
	}
	bo.PutUint16(out[16:], 1)
	bo.PutUint16(out[18:], MachineBPF)
	bo.PutUint32(out[20:], 1)
	bo.PutUint64(out[40:], shoff)
	bo.PutUint16(out[52:], ehdrSize)
	bo.PutUint16(out[58:], shdrSize)
	bo.PutUint16(out[60:], uint16(shnum))
	bo.PutUint16(out[62:], 1)
}
