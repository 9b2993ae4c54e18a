package btfgen

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sort"
)

// RecordKind is one of the three parts of .BTF.ext.
type RecordKind uint8

const (
	FuncInfo RecordKind = iota // insn_off, type_id of the FUNC
	LineInfo                   // insn_off, file_name_off, line_off, line << 10 | column
	CoreRelo                   // insn_off, type_id, access_str_off, kind
	recordKinds
)

var recordNames = [recordKinds]string{"func_info", "line_info", "core_relo"}

// Words of a record. Instruction offsets are in bytes from the section's start.
const (
	recOff  = 0
	recType = 1 // FuncInfo, CoreRelo
	recFile = 1 // LineInfo
	recText = 2 // LineInfo: the source line; CoreRelo: the access string
	recLine = 3 // LineInfo
	recKind = 3 // CoreRelo
)

const insnSize = 8 // bytes

var recMinWords = [recordKinds]int{2, 4, 4}

// Kinds of CO-RE relocations whose instruction holds the id that the type has in this object.
const (
	CoreTypeIDLocal  = 6 // BPF_CORE_TYPE_ID_LOCAL
	CoreTypeIDTarget = 7 // BPF_CORE_TYPE_ID_TARGET
)

// Ext is the contents of one .BTF.ext section.
type Ext struct {
	parts  [recordKinds][]RecordSection
	index  [recordKinds]map[string]int // section name -> the first of that name
	bySect [recordKinds]map[int]int    // ELF index -> the records of that section, where the index is known

	// What a Merger returns has texts, and in records indexes of it for strings. textAt are their offsets in the output, 0
	// where not used yet.
	texts, textAt []uint32
}

// text returns the string of a word of a record.
func (x *Ext) text(t *Types, word uint32) string {
	if x.texts != nil {
		word = x.texts[word]
	}
	return t.str(word)
}

// RecordSection holds the records of one code section, in ascending order of offset.
type RecordSection struct {
	Name string
	// Section is the ELF index of the section, 0 if only the name is known.
	Section int
	stride  int      // words a record
	strict  bool     // no two records are at one place
	words   []uint32 // of all records
	local   []uint32 // of core_relo that a Merger returns: the type ids in the object; else nil
}

// Len is the number of records.
func (s *RecordSection) Len() int { return len(s.words) / s.stride }

// Record returns the words of record i.
func (s *RecordSection) Record(i int) []uint32 { return s.words[i*s.stride:][:s.stride] }

// Offset returns the instruction offset of record i in bytes.
func (s *RecordSection) Offset(i int) uint32 { return s.words[i*s.stride] }

// find returns the number of records at or before off.
func (s *RecordSection) find(off uint64) int {
	return sort.Search(s.Len(), func(i int) bool { return uint64(s.Offset(i)) > off })
}

const (
	extHeaderMin = 24 // without core_relo
	extHeader    = 32
)

// ParseExt reads a .BTF.ext section that belongs to t. The result aliases b, which nobody may change as long as it is in
// use.
//
// It names sections, and clang puts the records of all sections of one name together. owner tells of the record
// at a byte position of .BTF.ext which section it is of, by its relocation; nil if names are enough.
func ParseExt(b []byte, bo binary.ByteOrder, t *Types, owner func(pos uint32) int) (*Ext, error) {
	if len(b) < extHeaderMin {
		return nil, fmt.Errorf("%d bytes are too few for a header", len(b))
	}
	if m := bo.Uint16(b); m != btfMagic {
		return nil, fmt.Errorf("bad magic %#04x", m)
	}
	if b[2] != 1 {
		return nil, fmt.Errorf("unknown version %d", b[2])
	}
	hdr := bo.Uint32(b[4:])
	if hdr < extHeaderMin || uint64(hdr) > uint64(len(b)) {
		return nil, fmt.Errorf("header of %d bytes in a section of %d", hdr, len(b))
	}
	x := &Ext{}
	for k := range recordKinds {
		at := 8 + 8*int(k)
		if k == CoreRelo && hdr < extHeader {
			break
		}
		off, size := uint64(bo.Uint32(b[at:]))+uint64(hdr), uint64(bo.Uint32(b[at+4:]))
		if size == 0 {
			continue
		}
		if off+size > uint64(len(b)) {
			return nil, fmt.Errorf("%s (%d bytes at %d) is outside .BTF.ext of %d bytes", recordNames[k], size, off, len(b))
		}
		secs, err := parsePart(b[off:off+size], bo, t, k, uint32(off), owner)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", recordNames[k], err)
		}
		x.parts[k] = joinSections(secs)
		x.indexNames(k)
	}
	if t.long && !x.apartTexts(t) {
		return nil, errors.New("the source lines of many records overlap in the string section")
	}
	return x, nil
}

// apartTexts reports whether the strings of records are, all in all, not much longer than the string section: of one long
// string every byte can be the start of another.
func (x *Ext) apartTexts(t *Types) bool {
	left := 4 * len(t.strs)
	seen := map[uint32]bool{}
	count := func(off uint32) bool {
		if !seen[off] {
			seen[off] = true
			left -= len(t.str(off))
		}
		return left >= 0
	}
	for k := LineInfo; k <= CoreRelo; k++ {
		for i := range x.parts[k] {
			s := &x.parts[k][i]
			for j := range s.Len() {
				if r := s.Record(j); !count(r[recText]) || k == LineInfo && !count(r[recFile]) {
					return false
				}
			}
		}
	}
	return true
}

// indexNames fills index and bySect.
func (x *Ext) indexNames(k RecordKind) {
	secs := x.parts[k]
	x.index[k], x.bySect[k] = make(map[string]int, len(secs)), map[int]int{}
	for i := len(secs) - 1; i >= 0; i-- {
		x.index[k][secs[i].Name] = i
		if secs[i].Section != 0 {
			x.bySect[k][secs[i].Section] = i
		}
	}
}

// parsePart reads one part, which starts at the byte position pos of .BTF.ext.
func parsePart(b []byte, bo binary.ByteOrder, t *Types, k RecordKind, pos uint32, owner func(pos uint32) int) ([]RecordSection, error) {
	size := uint32(len(b))
	if len(b) < 4 {
		return nil, fmt.Errorf("%d bytes are too few for a record size", len(b))
	}
	rec := uint64(bo.Uint32(b))
	if rec%4 != 0 || rec < uint64(4*recMinWords[k]) || rec > 1<<16 {
		return nil, fmt.Errorf("record size %d", rec)
	}
	var secs []RecordSection
	for b = b[4:]; len(b) > 0; {
		if len(b) < 8 {
			return nil, fmt.Errorf("section header of %d bytes", len(b))
		}
		name, ok := t.String(bo.Uint32(b))
		if !ok {
			return nil, fmt.Errorf("section name offset %#x is outside the string section", bo.Uint32(b))
		}
		n := uint64(bo.Uint32(b[4:]))
		if n*rec > uint64(len(b)-8) {
			return nil, fmt.Errorf("%d records of section '%s' are truncated", n, name)
		}
		s := RecordSection{Name: name, stride: int(rec / 4), words: wordsOf(b[8:8+n*rec], bo)}
		first := pos + size - uint32(len(b)) + 8
		b = b[8+n*rec:]
		for _, s := range s.divide(first, owner) {
			if err := checkRecords(&s, t, k); err != nil {
				return nil, fmt.Errorf("section '%s': %w", name, err)
			}
			secs = append(secs, s)
		}
	}
	return secs, nil
}

// divide tells apart records of several sections of one name. first is the byte position of the first record.
func (s *RecordSection) divide(first uint32, owner func(pos uint32) int) []RecordSection {
	if owner == nil {
		return []RecordSection{*s}
	}
	var parts []RecordSection
	at := map[int]int{}
	for i := range s.Len() {
		section := owner(first + uint32(4*s.stride*i))
		k, ok := at[section]
		if !ok {
			k = len(parts)
			at[section] = k
			parts = append(parts, RecordSection{Name: s.Name, Section: section, stride: s.stride})
		}
		parts[k].words = append(parts[k].words, s.Record(i)...)
	}
	return parts
}

// joinSections puts the records of one section that stand in several places together, as those who look for a record
// look in one.
func joinSections(secs []RecordSection) []RecordSection {
	type key struct {
		name    string
		section int
	}
	first := make(map[key]int, len(secs))
	kept := secs[:0]
	again := map[int]bool{}
	for _, s := range secs {
		k := key{s.Name, s.Section}
		i, ok := first[k]
		if !ok {
			first[k] = len(kept)
			kept = append(kept, s)
			continue
		}
		kept[i].words = append(kept[i].words, s.words...)
		again[i] = true
	}
	for i := range again {
		kept[i].words, kept[i].strict = sortedRecords(kept[i].words, kept[i].stride), false
	}
	return kept
}

func checkRecords(s *RecordSection, t *Types, k RecordKind) error {
	sorted := true
	s.strict = true
	for i := range s.Len() {
		r := s.Record(i)
		if i > 0 {
			sorted = sorted && s.Offset(i-1) <= r[recOff]
			s.strict = s.strict && s.Offset(i-1) < r[recOff]
		}
		if r[recOff]%insnSize != 0 {
			return fmt.Errorf("record %d is of offset %#x, which is no multiple of %d", i, r[recOff], insnSize)
		}
		if k != LineInfo && r[recType] >= t.Len() {
			return fmt.Errorf("record %d names type #%d of %d", i, r[recType], t.Len()-1)
		}
		if k == LineInfo && uint64(r[recFile]) >= uint64(len(t.strs)) || k != FuncInfo && uint64(r[recText]) >= uint64(len(t.strs)) {
			return fmt.Errorf("record %d has a string offset outside the string section", i)
		}
		if k == FuncInfo && r[recType] != 0 && t.Kind(r[recType]) != Func {
			return fmt.Errorf("record %d names a %s, not a function", i, t.Kind(r[recType]))
		}
	}
	if !sorted {
		s.words = sortedRecords(s.words, s.stride)
	}
	return nil
}

// sortedRecords returns records in order of offset, stable.
func sortedRecords(words []uint32, stride int) []uint32 {
	order := make([]int, len(words)/stride)
	for i := range order {
		order[i] = i * stride
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(words[a], words[b]) })
	out := make([]uint32, 0, len(words))
	for _, p := range order {
		out = append(out, words[p:p+stride]...)
	}
	return out
}

// Records returns the record sections of one part.
func (x *Ext) Records(k RecordKind) []RecordSection {
	if x == nil {
		return nil
	}
	return x.parts[k]
}

func (x *Ext) section(k RecordKind, index int, name string) *RecordSection {
	if x == nil {
		return nil
	}
	if i, ok := x.bySect[k][index]; ok {
		return &x.parts[k][i]
	}
	if len(x.bySect[k]) > 0 {
		return nil // all indexes are known, and this one has no records
	}
	if i, ok := x.index[k][name]; ok {
		return &x.parts[k][i]
	}
	return nil
}

// FuncAt returns the FUNC type id that func_info gives for the function starting at off, a byte
// offset in a section given by ELF index and name, or 0.
func (x *Ext) FuncAt(index int, section string, off uint64) uint32 {
	s := x.section(FuncInfo, index, section)
	if s == nil {
		return 0
	}
	if i := s.find(off); i > 0 && uint64(s.Offset(i-1)) == off {
		return s.Record(i - 1)[recType]
	}
	return 0
}

// Line is a source position of line_info.
type Line struct {
	File         string
	Line, Column uint32
}

// LineAt returns the source position of the instruction at off, a byte offset in a section: that
// of the last record at or before it, but none from before the function's start.
func (x *Ext) LineAt(t *Types, index int, section string, function, off uint64) (Line, bool) {
	s := x.section(LineInfo, index, section)
	if s == nil {
		return Line{}, false
	}
	i := s.find(off)
	if i == 0 || uint64(s.Offset(i-1)) < function {
		return Line{}, false
	}
	r := s.Record(i - 1)
	return Line{File: x.text(t, r[recFile]), Line: r[recLine] >> 10, Column: r[recLine] & 0x3ff}, true
}

// FuncRecord is a record of func_info.
type FuncRecord struct {
	Offset uint32 // of the function, in bytes
	Type   uint32 // FUNC
}

// FuncInfo returns record i of a section of func_info.
func (s *RecordSection) FuncInfo(i int) FuncRecord {
	r := s.Record(i)
	return FuncRecord{r[recOff], r[recType]}
}

// CoreRelocation is a record of core_relo.
type CoreRelocation struct {
	Offset uint32 // of the instruction, in bytes
	Type   uint32
	Kind   uint32
	// LocalType is the id that Type has in the object that the record is from.
	LocalType uint32
}

// CoreRelo returns record i of a section of core_relo.
func (s *RecordSection) CoreRelo(i int) CoreRelocation {
	r := s.Record(i)
	c := CoreRelocation{r[recOff], r[recType], r[recKind], r[recType]}
	if s.local != nil {
		c.LocalType = s.local[i]
	}
	return c
}

// copy returns a copy with the numbers of texts that h gives in place of string offsets.
func (x *Ext) copy(h *Hasher, t *Types) *Ext {
	c := &Ext{}
	for k := range recordKinds {
		c.parts[k] = slices.Clone(x.parts[k])
		for i := range c.parts[k] {
			s := &c.parts[k][i]
			s.words = slices.Clone(s.words)
			if k == FuncInfo {
				continue
			}
			for r := s.words; len(r) >= s.stride; r = r[s.stride:] {
				r[recText] = h.numberOf(t, r[recText])
				if k == LineInfo {
					r[recFile] = h.numberOf(t, r[recFile])
				}
			}
		}
	}
	return c
}

// translate puts types of a Merger in place of those of the object, node being by its ids, and has texts stand for strings.
func (x *Ext) translate(m *Merger, node, texts []uint32) {
	x.texts = texts
	for k := range recordKinds {
		for i := range x.parts[k] {
			s := &x.parts[k][i]
			s.Name = m.strs.At(m.strs.Add(s.Name))
			s.translate(k, node)
		}
		x.indexNames(k)
	}
}

func (s *RecordSection) translate(k RecordKind, node []uint32) {
	if k == LineInfo {
		return
	}
	if k == CoreRelo {
		s.local = make([]uint32, 0, s.Len())
	}
	for r := s.words; len(r) >= s.stride; r = r[s.stride:] {
		if k == CoreRelo {
			s.local = append(s.local, r[recType])
		}
		r[recType] = node[r[recType]]
	}
}
