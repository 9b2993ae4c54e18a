package object

import (
	"cmp"
	"errors"
	"io"
	"slices"
	"strings"
)

// source is the file that an object is read from: in memory, or read by section.
type source struct {
	data      []byte
	file      io.ReaderAt // nil if the file is in data
	size      uint64      // bytes
	transient *Reader
}

func (s *source) symbolsOnly() bool { return s.transient != nil && s.transient.symbols }

// bytes returns a part of the file, which must lie inside it.
func (s *source) bytes(off, size uint64) ([]byte, error) {
	if s.file == nil {
		return s.data[off : off+size : off+size], nil
	}
	b := make([]byte, size)
	return b, s.read(b, off)
}

func (s *source) read(b []byte, off uint64) error {
	n, err := s.file.ReadAt(b, int64(off))
	switch {
	case n == len(b):
		return nil
	case err == nil, errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the file became shorter while it was read")
	}
	return bare(err)
}

// A Reader reads objects from files, one after the other.
type Reader struct {
	scratch []byte
	symbols bool // only headers and symbols are wanted
}

// Read is Parse for a file of size bytes, of which it reads what a link needs: sections of DWARF have no contents. Those of
// .BTF and .BTF.ext are good until the next Read only. Memory is bounded by size. The error is a diag.Diagnostic, but for
// that of a file that cannot be read.
func (rd *Reader) Read(name string, f io.ReaderAt, size int64) (*Object, error) {
	rd.scratch = rd.scratch[:0]
	return parse(name, source{file: f, size: uint64(max(size, 0)), transient: rd})
}

// take returns size bytes, aligned as words are.
func (rd *Reader) take(size uint64) []byte {
	from := (len(rd.scratch) + wordAlign - 1) &^ (wordAlign - 1)
	if uint64(cap(rd.scratch)-from) < size || from > cap(rd.scratch) {
		// What was taken before stays where it is.
		rd.scratch, from = make([]byte, 0, size+size/4+scratchRoom), 0
	}
	rd.scratch = rd.scratch[:from+int(size)]
	return rd.scratch[from:len(rd.scratch):len(rd.scratch)]
}

// scratchRoom is how much more is made room for than is asked for, in bytes.
const scratchRoom = 64 << 10

// transient reports whether the contents of a section are wanted for a short time only.
func transient(s *Section) bool {
	return s.Type == SecProgbits && (s.Name == ".BTF" || s.Name == ".BTF.ext")
}

// contents gives the sections their contents: all of them if the file is in memory, else those that are wanted.
func (r *reader) contents() error {
	secs := r.obj.Sections
	if r.src.file == nil {
		for i := range secs {
			if s := &secs[i]; s.Type != SecNobits && s.Type != SecNull {
				s.Data, _ = r.src.bytes(r.obj.Sections[i].Offset, s.Size)
			}
		}
		return nil
	}
	var wanted []int
	twins := r.twins()
	for i := range secs {
		s := &secs[i]
		switch {
		case s.Data != nil || s.Size == 0 || !r.wanted(s, twins):
		case transient(s):
			s.Data = r.src.transient.take(s.Size)
			if err := r.src.read(s.Data, r.obj.Sections[i].Offset); err != nil {
				return err
			}
		default:
			wanted = append(wanted, i)
		}
	}
	slices.SortFunc(wanted, func(a, b int) int { return cmp.Compare(r.obj.Sections[a].Offset, r.obj.Sections[b].Offset) })
	for len(wanted) > 0 {
		n := r.nearby(wanted)
		if err := r.fetch(wanted[:n]); err != nil {
			return err
		}
		wanted = wanted[n:]
	}
	return nil
}

// wanted reports whether somebody reads the contents of a section.
func (r *reader) wanted(s *Section, twins bool) bool {
	switch s.Type {
	case SecNull, SecNobits:
		return false
	case SecSymtab, SecStrtab:
		return true
	}
	if r.src.symbolsOnly() {
		return false
	}
	if s.Type == SecRel {
		if uint64(s.Info) >= uint64(len(r.obj.Sections)) {
			return false
		}
		to := &r.obj.Sections[s.Info]
		return Carried(to) || to.Name == ".stack_sizes" || twins && to.Name == ".BTF.ext" // see RelocsOf
	}
	return !strings.HasPrefix(s.Name, ".debug_")
}

// twins reports whether two code sections have one name. Then only relocations tell whose the records of .BTF.ext are.
func (r *reader) twins() bool {
	names := map[string]bool{}
	for i := range r.obj.Sections {
		if s := &r.obj.Sections[i]; s.Exec() {
			if names[s.Name] {
				return true
			}
			names[s.Name] = true
		}
	}
	return false
}

// maxGap is how many bytes that nobody wants are read rather than skipped: a call costs as much.
const maxGap = 4096

// nearby returns how many of the first sections are read at once.
func (r *reader) nearby(secs []int) int {
	n := 1
	for ; n < len(secs); n++ {
		end := r.obj.Sections[secs[n-1]].Offset + r.obj.Sections[secs[n-1]].Size
		if r.obj.Sections[secs[n]].Offset-end > maxGap {
			break
		}
	}
	return n
}

const wordAlign = 8

// fetch reads neighbouring sections into one piece of memory.
func (r *reader) fetch(secs []int) error {
	first, last := secs[0], secs[len(secs)-1]
	from := r.obj.Sections[first].Offset &^ (wordAlign - 1) // so that what is aligned in the file is in memory
	b, err := r.src.bytes(from, r.obj.Sections[last].Offset+r.obj.Sections[last].Size-from)
	if err != nil {
		return err
	}
	for _, i := range secs {
		s := &r.obj.Sections[i]
		at := r.obj.Sections[i].Offset - from
		s.Data = b[at : at+s.Size : at+s.Size]
	}
	return nil
}
