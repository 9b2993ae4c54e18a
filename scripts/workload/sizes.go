package main

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
)

// sizes is what an object contains, or all objects of a set.
type sizes struct {
	Bytes    int `json:"bytes"`
	BTFBytes int `json:"btf_bytes"`
	Types    int `json:"btf_types"`
	Globals  int `json:"global_symbols"`
	Sections int `json:"sections"`
}

func (s *sizes) add(t sizes) {
	s.Bytes += t.Bytes
	s.BTFBytes += t.BTFBytes
	s.Types += t.Types
	s.Globals += t.Globals
	s.Sections += t.Sections
}

func sizesOf(data []byte) (sizes, error) {
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		return sizes{}, err
	}
	s := sizes{Bytes: len(data), Sections: len(f.Sections)}
	for _, section := range f.Sections {
		switch {
		case section.Type == elf.SHT_SYMTAB:
			s.Globals += int(section.Size/elf.Sym64Size) - int(section.Info)
		case section.Name == ".BTF":
			btf, err := section.Data()
			if err != nil {
				return s, err
			}
			s.BTFBytes = len(btf)
			if s.Types, err = countTypes(btf); err != nil {
				return s, err
			}
		}
	}
	return s, nil
}

// What follows the 12 bytes that every BTF type has, by kind: bytes, and bytes for each of its vlen members.
var (
	tailBytes   = map[uint32]int{1: 4, 3: 12, 14: 4, 17: 4}
	memberBytes = map[uint32]int{4: 12, 5: 12, 6: 8, 13: 8, 15: 12, 19: 12}
)

func countTypes(btf []byte) (int, error) {
	if len(btf) < btfHeader {
		return 0, errors.New(".BTF is too short")
	}
	word := func(at int) int { return int(binary.LittleEndian.Uint32(btf[at:])) }
	at := word(4) + word(8)
	end := at + word(12)
	n := 0
	for ; at < end; n++ {
		if at+12 > len(btf) {
			return 0, fmt.Errorf("BTF type %d is cut off", n+1)
		}
		bits := binary.LittleEndian.Uint32(btf[at+4:])
		kind, vlen := bits>>24&31, int(bits&0xffff)
		at += 12 + tailBytes[kind] + vlen*memberBytes[kind]
	}
	return n, nil
}
