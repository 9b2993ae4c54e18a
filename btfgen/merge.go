package btfgen

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// Merger makes one .BTF and one .BTF.ext out of those of many objects. Use: AddObject each
// input; say which declarations go (Drop) and which are another's (Alias); AddSection and
// AddRecord what the output has; Finish; then ask for new ids with ID.
//
// All types of all inputs are nodes of one graph, numbered from 1 in input order. Node words
// hold interned strings and node numbers in place of string offsets and type ids.
type Merger struct {
	order   binary.ByteOrder
	objs    []mergeObject
	strs    interner
	words   []uint32
	start   []uint32 // start[n] is the first word of node n; start[len] the end
	alias   []uint32 // node that stands for this one, or 0
	dropped []bool
	secs    []outSection
	ext     [recordKinds][]extSection
	extOf   [recordKinds]map[string]int // section name -> index in ext

	ids []uint32 // after Finish: the output type id of each node, 0 if it went
}

type mergeObject struct {
	types *Types
	base  uint32   // node of its type #1, less one
	strID []uint32 // string offset -> interned string + 1, 0 where not interned yet
}

type outSection struct {
	name string
	size uint32
	vars []SectionVar
}

// SectionVar is a member of an output DATASEC.
type SectionVar struct {
	Object       int    // as returned by AddObject
	ID           uint32 // VAR or FUNC in the object
	Offset, Size uint32 // bytes
}

type extSection struct {
	name    string
	records []extRecord
}

type extRecord struct {
	off   uint32
	obj   int32
	words []uint32 // as in the input; aliases the parsed section
}

// NewMerger returns a merger for output in the given byte order.
func NewMerger(order binary.ByteOrder) *Merger {
	m := &Merger{order: order, start: []uint32{0, 0}, alias: []uint32{0}, dropped: []bool{false}}
	m.strs.init()
	for k := range m.extOf {
		m.extOf[k] = map[string]int{}
	}
	return m
}

// AddObject adds the types of an object, which may be nil, and returns its number. Its DATASECs
// are not taken over: AddSection makes the output's.
func (m *Merger) AddObject(t *Types) int {
	o := mergeObject{types: t, base: uint32(len(m.start) - 2)}
	if t != nil {
		o.strID = make([]uint32, len(t.strs))
		m.appendTypes(&o)
	}
	m.objs = append(m.objs, o)
	return len(m.objs) - 1
}

func (m *Merger) appendTypes(o *mergeObject) {
	t := o.types
	at := uint32(len(m.words))
	m.words = append(m.words, t.words...)
	n := int(t.Len() - 1)
	m.alias = append(m.alias, make([]uint32, n)...)
	m.dropped = append(m.dropped, make([]bool, n)...)
	m.start = m.start[:len(m.start)-1]
	for id := uint32(1); id < t.Len(); id++ {
		m.start = append(m.start, at+t.start[id])
		w := m.words[at+t.start[id] : at+t.start[id+1]]
		eachName(w, func(p int) { w[p] = m.intern(o, w[p]) })
		eachRef(w, func(p int) {
			if w[p] != 0 {
				w[p] += o.base
			}
		})
		if infoKind(w[wInfo]) == Datasec {
			m.dropped[o.base+id] = true
		}
	}
	m.start = append(m.start, uint32(len(m.words)))
}

// intern returns the interned string at a string offset of an object.
func (m *Merger) intern(o *mergeObject, off uint32) uint32 {
	if id := o.strID[off]; id != 0 {
		return id - 1
	}
	id := m.strs.add(o.types.str(off))
	o.strID[off] = id + 1
	return id
}

func (m *Merger) node(obj int, id uint32) uint32 { return m.objs[obj].base + id }

func (m *Merger) at(node uint32) []uint32 { return m.words[m.start[node]:m.start[node+1]] }

func (m *Merger) nodes() uint32 { return uint32(len(m.start) - 1) }

// Drop leaves a VAR or FUNC out, with its declaration tags and every type that nothing else led to.
func (m *Merger) Drop(obj int, id uint32) { m.dropped[m.node(obj, id)] = true }

// Alias says that a VAR or FUNC is the same thing as one of another object (or of the same),
// which is the one to keep. Its declaration tags move over.
func (m *Merger) Alias(obj int, id uint32, toObj int, toID uint32) {
	if from, to := m.node(obj, id), m.resolve(m.node(toObj, toID)); from != to {
		m.alias[from] = to
	}
}

// resolve follows aliases.
func (m *Merger) resolve(node uint32) uint32 {
	for m.alias[node] != 0 {
		node = m.alias[node]
	}
	return node
}

// SetLinkage changes the linkage of a VAR or FUNC.
func (m *Merger) SetLinkage(obj int, id, linkage uint32) {
	switch w := m.at(m.node(obj, id)); infoKind(w[wInfo]) {
	case Func:
		w[wInfo] = makeInfo(Func, linkage)
	case Var:
		w[wHead] = linkage
	}
}

// SetName changes the name of a VAR or FUNC.
func (m *Merger) SetName(obj int, id uint32, name string) {
	m.at(m.node(obj, id))[wName] = m.strs.add(name)
}

// CloneFunc makes another FUNC like one of an object's, and returns the id by which the methods of m know
// it as a type of that object.
func (m *Merger) CloneFunc(obj int, id uint32) uint32 {
	return m.appendNode(m.at(m.node(obj, id))...) - m.objs[obj].base
}

// AddTag puts a DECL_TAG on a VAR or FUNC of an object.
func (m *Merger) AddTag(obj int, id uint32, text string) {
	m.appendNode(m.strs.add(text), makeInfo(DeclTag, 0), m.node(obj, id), wholeDeclaration)
}

// appendNode adds a node to the graph and returns it.
func (m *Merger) appendNode(words ...uint32) uint32 {
	m.start[len(m.start)-1] = uint32(len(m.words))
	m.words = append(m.words, words...)
	m.start = append(m.start, uint32(len(m.words)))
	m.alias, m.dropped = append(m.alias, 0), append(m.dropped, false)
	return m.nodes() - 1
}

// AddSection adds a DATASEC of the output, after all other types. Its members must be in
// ascending order of offset. Size is in bytes.
func (m *Merger) AddSection(name string, size uint32, vars []SectionVar) {
	m.secs = append(m.secs, outSection{name, size, vars})
}

// AddRecords adds records of a code section of the output, the sections in the order of first
// mention. place maps a record's offset to the output's, in bytes, or says that the record goes. retype has
// the records, by offset, that are to name another type than they do; it may be nil.
func (m *Merger) AddRecords(k RecordKind, section string, obj int, s *RecordSection, retype map[uint32]uint32, place func(off uint32) (uint32, bool)) {
	n, ok := m.extOf[k][section]
	if !ok {
		n = len(m.ext[k])
		m.extOf[k][section] = n
		m.ext[k] = append(m.ext[k], extSection{name: section})
	}
	sec := &m.ext[k][n]
	for i := range s.Len() {
		if off, ok := place(s.Offset(i)); ok {
			words := s.Record(i)
			if id, ok := retype[s.Offset(i)]; ok {
				words = slices.Clone(words)
				words[recType] = id
			}
			sec.records = append(sec.records, extRecord{off, int32(obj), words})
		}
	}
}

// Finish merges. types is nil if no type is left, ext is nil if there are no records.
func (m *Merger) Finish() (types, ext []byte, err error) {
	keep := m.mark()
	class, err := m.dedup(keep)
	if err != nil {
		return nil, nil, err
	}
	e := &emitter{m: m, strs: []byte{0}}
	n := e.number(keep, class)
	if err := e.types(class); err != nil {
		return nil, nil, err
	}
	if n == 0 && len(m.secs) == 0 {
		return nil, nil, nil
	}
	ext, err = e.ext()
	if err != nil {
		return nil, nil, err
	}
	types, err = e.finish()
	return types, ext, err
}

// ID returns the output type id of a type of an object, 0 if it went.
func (m *Merger) ID(obj int, id uint32) uint32 {
	if id == 0 {
		return 0
	}
	return m.ids[m.node(obj, id)]
}

// mark finds what stays. A type goes if nothing but dropped declarations led to it: so a type
// that no declaration mentions stays, as its author put it there for somebody to find by name.
func (m *Merger) mark() (keep []bool) {
	n := m.nodes()
	gone := func(v uint32) bool { return m.dropped[v] || m.alias[v] != 0 }
	tag := func(v uint32) bool { return infoKind(m.words[m.start[v]+wInfo]) == DeclTag }
	led := make([]bool, n) // reached from what goes
	keep = make([]bool, n)
	var stack []uint32
	// A DATASEC names its variables but is no reason for them to stay or go.
	for v := uint32(1); v < n; v++ {
		if gone(v) && infoKind(m.words[m.start[v]+wInfo]) != Datasec {
			stack = append(stack, v)
		}
	}
	m.spread(led, stack)
	stack = stack[:0]
	for v := uint32(1); v < n; v++ {
		if !gone(v) && !led[v] && !tag(v) {
			stack = append(stack, v)
		}
	}
	for k := range m.ext {
		for _, s := range m.ext[k] {
			for _, r := range s.records {
				if RecordKind(k) != LineInfo && r.words[recType] != 0 {
					stack = append(stack, m.resolve(m.node(int(r.obj), r.words[recType])))
				}
			}
		}
	}
	m.spread(keep, stack)
	for v := uint32(1); v < n; v++ { // tags stay with what they are on
		if w := m.at(v); infoKind(w[wInfo]) == DeclTag && !m.dropped[v] {
			if to := m.resolve(w[wType]); to != 0 && !m.dropped[to] {
				keep[v] = keep[to]
			}
		}
	}
	for v := uint32(1); v < n; v++ {
		if gone(v) {
			keep[v] = false
		}
	}
	return keep
}

// spread sets in for every node reachable from the stack.
func (m *Merger) spread(in []bool, stack []uint32) {
	for len(stack) > 0 {
		v := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if in[v] {
			continue
		}
		in[v] = true
		w := m.at(v)
		eachRef(w, func(p int) {
			if w[p] != 0 {
				if to := m.resolve(w[p]); !in[to] {
					stack = append(stack, to)
				}
			}
		})
	}
}

// emitter writes the output of one Finish.
type emitter struct {
	m     *Merger
	out   []uint32
	strAt []uint32 // interned string -> offset in the output's string section, 0 where not used yet
	strs  []byte
	order []uint32 // kept nodes in output order
}

// number gives output ids to the first node of each class, and its class's id to every other.
func (e *emitter) number(keep []bool, class []uint32) (n uint32) {
	m := e.m
	m.ids = make([]uint32, m.nodes())
	for v := uint32(1); v < m.nodes(); v++ {
		if keep[v] && class[v] == v {
			n++
			m.ids[v] = n
			e.order = append(e.order, v)
		}
	}
	for v := uint32(1); v < m.nodes(); v++ {
		if to := m.resolve(v); m.ids[v] == 0 && class[to] != 0 {
			m.ids[v] = m.ids[class[to]]
		}
	}
	return n
}

func (e *emitter) str(id uint32) uint32 {
	if n := e.m.strs.len(); len(e.strAt) < n { // records bring strings that no type has
		e.strAt = append(e.strAt, make([]uint32, n-len(e.strAt))...)
	}
	if off := e.strAt[id]; off != 0 || id == 0 {
		return off
	}
	off := uint32(len(e.strs))
	e.strs = append(append(e.strs, e.m.strs.strs[id]...), 0)
	e.strAt[id] = off
	return off
}

func (e *emitter) types(class []uint32) error {
	m := e.m
	var lost error
	for _, v := range e.order {
		from := len(e.out)
		e.out = append(e.out, m.at(v)...)
		w := e.out[from:]
		eachName(w, func(p int) { w[p] = e.str(w[p]) })
		eachRef(w, func(p int) {
			if w[p] == 0 {
				return
			}
			id := m.ids[w[p]]
			if id == 0 {
				lost = fmt.Errorf("a %s that stays refers to one that goes: %s '%s'", infoKind(w[wInfo]), infoKind(m.at(w[p])[wInfo]), m.strs.strs[m.at(w[p])[wName]])
			}
			w[p] = id
		})
	}
	for _, s := range m.secs {
		if len(s.vars) > math.MaxUint16 {
			return fmt.Errorf("section '%s' has %d variables, BTF holds %d", s.name, len(s.vars), math.MaxUint16)
		}
		e.out = append(e.out, e.str(m.strs.add(s.name)), makeInfo(Datasec, uint32(len(s.vars))), s.size)
		for _, v := range s.vars {
			id := m.ID(v.Object, v.ID)
			if id == 0 {
				lost = fmt.Errorf("section '%s' lists a variable that goes: '%s'", s.name, m.objs[v.Object].types.Name(v.ID))
			}
			e.out = append(e.out, id, v.Offset, v.Size)
		}
	}
	return lost
}

// ext encodes .BTF.ext, whose strings are in .BTF's string section.
func (e *emitter) ext() ([]byte, error) {
	m := e.m
	body := make([]uint32, 0, 64)
	var offs, lens [recordKinds]uint32
	any := false
	for k := range recordKinds {
		offs[k] = uint32(len(body)) * 4
		stride := recMinWords[k]
		for _, s := range m.ext[k] {
			for _, r := range s.records {
				stride = max(stride, len(r.words))
			}
		}
		first := true
		for _, s := range m.ext[k] {
			if len(s.records) == 0 {
				continue
			}
			if first {
				body = append(body, uint32(stride)*4)
				first, any = false, true
			}
			slices.SortStableFunc(s.records, func(a, b extRecord) int { return cmp.Compare(a.off, b.off) })
			if k != CoreRelo {
				s.records = lastOfEach(s.records)
			}
			body = append(body, e.str(m.strs.add(s.name)), uint32(len(s.records)))
			for _, r := range s.records {
				body = append(body, r.off)
				body = append(body, r.words[1:]...)
				body = append(body, make([]uint32, stride-len(r.words))...)
				if err := e.record(k, body[len(body)-stride:], int(r.obj)); err != nil {
					return nil, err
				}
			}
		}
		lens[k] = uint32(len(body))*4 - offs[k]
	}
	if !any {
		return nil, nil
	}
	head := []uint32{0, extHeader}
	for k := range recordKinds {
		head = append(head, offs[k], lens[k])
	}
	return encodeWords(m.order, append(head, body...)), nil
}

// lastOfEach keeps of several func_info or line_info records of one instruction the last: the kernel takes one. There are
// several where an instruction was taken out.
func lastOfEach(records []extRecord) []extRecord {
	kept := records[:0]
	for i, r := range records {
		if i+1 < len(records) && records[i+1].off == r.off {
			continue
		}
		kept = append(kept, r)
	}
	return kept
}

// record remaps the ids and strings of one record.
func (e *emitter) record(k RecordKind, r []uint32, obj int) error {
	m := e.m
	o := &m.objs[obj]
	if k != LineInfo && r[recType] != 0 {
		id := m.ID(obj, r[recType])
		if id == 0 {
			return fmt.Errorf("%s refers to a %s that goes: '%s'", recordNames[k], o.types.Kind(r[recType]), o.types.Name(r[recType]))
		}
		r[recType] = id
	}
	if k == LineInfo {
		r[recFile] = e.str(m.intern(o, r[recFile]))
	}
	if k != FuncInfo {
		r[recText] = e.str(m.intern(o, r[recText]))
	}
	return nil
}

// finish assembles .BTF. Its header has the 24 bytes that every reader knows.
func (e *emitter) finish() ([]byte, error) {
	if uint64(len(e.strs)) > math.MaxUint32 || uint64(len(e.out))*4 > math.MaxUint32 {
		return nil, fmt.Errorf("%d words of types and %d bytes of strings exceed 32-bit offsets", len(e.out), len(e.strs))
	}
	size := uint32(len(e.out)) * 4
	head := encodeWords(e.m.order, []uint32{0, btfHeaderSize, 0, size, size, uint32(len(e.strs))})
	b := make([]byte, len(head)+int(size), len(head)+int(size)+len(e.strs))
	copy(b, head)
	for i, w := range e.out {
		e.m.order.PutUint32(b[len(head)+i*4:], w)
	}
	return append(b, e.strs...), nil
}
