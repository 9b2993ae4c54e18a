package main

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// maxObjects is what the digits of a suffix can tell apart.
const maxObjects = 100_000

// suffix is what the names of object number k end in.
func suffix(k int) string { return fmt.Sprintf("_%05d", k) }

// The placeholders for the suffixes of an object and its neighbours. They are as long as a suffix, and no name of a
// kernel contains them.
var placeholders = []struct {
	macro, text string
	distance    int // from the object's number
}{
	{"SELF", "_SELF0", 0},
	{"PREV", "_PREV0", -1},
	{"NEXT", "_NEXT0", 1},
}

// prototype is a compiled object with placeholders, of which any number of objects can be made.
type prototype struct {
	data  []byte
	holes []hole
}

type hole struct{ at, distance int }

// newPrototype finds the placeholders of an object. All of them have to be in strings.
func newPrototype(data []byte) (*prototype, error) {
	texts, err := stringRanges(data)
	if err != nil {
		return nil, err
	}
	p := &prototype{data: data}
	for _, ph := range placeholders {
		inside := 0
		for _, r := range texts {
			for at := r.start; ; at += len(ph.text) {
				i := bytes.Index(data[at:r.end], []byte(ph.text))
				if i < 0 {
					break
				}
				at += i
				p.holes = append(p.holes, hole{at, ph.distance})
				inside++
			}
		}
		if all := bytes.Count(data, []byte(ph.text)); all != inside {
			return nil, fmt.Errorf("%d of %d placeholders %s are not in a string section", all-inside, all, ph.text)
		}
	}
	return p, nil
}

// object is object number k of the set. The caller owns it.
func (p *prototype) object(k int) []byte {
	out := bytes.Clone(p.data)
	for _, h := range p.holes {
		copy(out[h.at:], suffix(k+h.distance))
	}
	return out
}

type byteRange struct{ start, end int }

// stringRanges are the parts of an object that hold nothing but strings.
func stringRanges(data []byte) ([]byteRange, error) {
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	var out []byteRange
	for _, s := range f.Sections {
		r := byteRange{int(s.Offset), int(s.Offset + s.FileSize)}
		switch {
		case s.Type == elf.SHT_STRTAB, s.Name == ".debug_str":
		case s.Name == ".BTF":
			if r, err = btfStrings(data[r.start:r.end], r.start); err != nil {
				return nil, err
			}
		default:
			continue
		}
		out = append(out, r)
	}
	return out, nil
}

const btfHeader = 24

// btfStrings is where the strings of .BTF are in the file; base is where .BTF is.
func btfStrings(btf []byte, base int) (byteRange, error) {
	if len(btf) < btfHeader {
		return byteRange{}, errors.New(".BTF is too short")
	}
	word := func(at int) int { return int(binary.LittleEndian.Uint32(btf[at:])) }
	start := word(4) + word(16)
	end := start + word(20)
	if end > len(btf) {
		return byteRange{}, errors.New("the strings of .BTF are not within it")
	}
	return byteRange{base + start, base + end}, nil
}

// defines are the compiler options that give the placeholders: an object with an even number knows the next one.
func defines(kind neighbourhood) []string {
	var out []string
	for _, ph := range placeholders {
		if ph.macro == "PREV" && !kind.prev || ph.macro == "NEXT" && !kind.next {
			continue
		}
		out = append(out, "-D"+ph.macro+"="+ph.text)
	}
	return out
}

// neighbourhood says which neighbours an object calls.
type neighbourhood struct{ prev, next bool }

// neighboursOf is chosen so that the first objects of a set, an even number of them, are a set as well.
func neighboursOf(k, objects int) neighbourhood {
	return neighbourhood{prev: k > 0, next: k%2 == 0 && k+1 < objects}
}

func (n neighbourhood) String() string {
	var s []string
	if n.prev {
		s = append(s, "prev")
	}
	if n.next {
		s = append(s, "next")
	}
	return strings.Join(append(s, "self"), "-")
}
