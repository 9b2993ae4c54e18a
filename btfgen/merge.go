package btfgen

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/bpfsdt/bpf-sdt-link/internal/intern"
)

// Merger makes one .BTF and one .BTF.ext out of those of many objects. Use: Add each
// input; say which declarations go (Drop) and which are another's (Alias); AddSection and
// AddRecords what the output has; Finish; then ask for new ids with ID.
//
// The types of all inputs are nodes of one graph, numbered from 1 in input order: these are the type ids of Types. A type
// that is there already, with all that it refers to, gets no node again: most types of most inputs are copies.
// VARs, FUNCs, tags on them and DATASECs each have a node of their own.
type Merger struct {
	seed    intern.Seed
	types   Types // strings by number
	strs    *intern.Table
	objs    [][]uint32 // of each object, the nodes of its types by their ids
	alias   []uint32   // node that stands for this one, or 0; shorter than there are nodes
	dropped []bool     // shorter too
	known   nodeTable
	circle  []uint32 // the structs and unions that lead back to themselves; one can be there twice
	unsure  bool     // there are objects whose types have not been looked up among those that there were
	clones  []uint32 // nodes that are no object's
	changes []change
	secs    []outSection
	ext     [recordKinds][]extSection
	extOf   [recordKinds]map[string]int // section name -> index in ext

	fileName func(string) string // see MapFiles

	ids []uint32 // after Finish: the output type id of each node, 0 if it went
}

// change is what Finish makes of a VAR, FUNC or tag. Till then they are as the input has them. Changes are made in the order
// in which they were asked for.
type change struct {
	node    uint32
	from    uint32 // 0, or it becomes a copy of this one
	rename  bool   // else its linkage changes
	name    uint32
	linkage uint32
}

type outSection struct {
	name string
	size uint32
	vars []SectionVar
}

// SectionVar is a member of an output DATASEC.
type SectionVar struct {
	ID           uint32 // VAR or FUNC
	Offset, Size uint32 // bytes
}

// NewMerger returns a merger.
func NewMerger() *Merger {
	m := &Merger{seed: intern.NewSeed()}
	m.types.start = []uint32{0, 0}
	m.strs = intern.New(m.seed)
	m.types.names = m.strs
	m.known.init()
	for k := range m.extOf {
		m.extOf[k] = map[string]int{}
	}
	return m
}

// Types returns the types of all objects that have been added. They grow with each that is.
func (m *Merger) Types() *Types { return &m.types }

func (m *Merger) at(node uint32) []uint32 { return m.types.at(node) }

func (m *Merger) kind(node uint32) Kind { return infoKind(m.types.words[m.types.start[node]+wInfo]) }

func (m *Merger) nodes() uint32 { return m.types.Len() }

// Intern returns the number of a string.
func (m *Merger) Intern(s string) uint32 { return m.strs.Add(s) }

// Drop leaves a VAR or FUNC out, with its declaration tags and every type that nothing else led to.
func (m *Merger) Drop(id uint32) {
	m.makeRoom()
	m.dropped[id] = true
}

// makeRoom makes alias and dropped as long as there are nodes. Few nodes are in them, so they do not grow with the graph.
func (m *Merger) makeRoom() {
	if n := int(m.nodes()); len(m.alias) < n {
		m.alias = append(m.alias, make([]uint32, n-len(m.alias))...)
		m.dropped = append(m.dropped, make([]bool, n-len(m.dropped))...)
	}
}

// Alias says that a VAR or FUNC is the same thing as another, which is the one to keep. Its declaration tags move over.
func (m *Merger) Alias(id, to uint32) {
	m.makeRoom()
	if to = m.resolve(to); id != to {
		m.alias[id] = to
	}
}

// name returns the name of a node.
func (m *Merger) name(node uint32) string { return m.types.Name(node) }

// resolve follows aliases.
func (m *Merger) resolve(node uint32) uint32 {
	for int(node) < len(m.alias) && m.alias[node] != 0 {
		node = m.alias[node]
	}
	return node
}

// SetLinkage changes the linkage of a VAR or FUNC in the output.
func (m *Merger) SetLinkage(id, linkage uint32) {
	m.changes = append(m.changes, change{node: id, linkage: linkage})
}

// SetName changes the name of a VAR or FUNC, or the text of a tag on one, in the output.
func (m *Merger) SetName(id uint32, name string) {
	m.changes = append(m.changes, change{node: id, rename: true, name: m.Intern(name)})
}

// apply makes the changes.
func (m *Merger) apply() {
	for _, c := range m.changes {
		w := m.at(c.node)
		switch {
		case c.from != 0:
			copy(w, m.at(c.from))
		case c.rename:
			w[wName] = c.name
		case infoKind(w[wInfo]) == Func:
			w[wInfo] = makeInfo(Func, c.linkage)
		case infoKind(w[wInfo]) == Var:
			w[wHead] = c.linkage
		}
	}
	m.changes = nil
}

// CloneFunc makes another FUNC like one that there is and returns its id.
func (m *Merger) CloneFunc(id uint32) uint32 {
	n := m.appendNode(m.at(id)...)
	m.clones = append(m.clones, n)
	m.changes = append(m.changes, change{node: n, from: id})
	return n
}

// AddTag puts a DECL_TAG on a VAR or FUNC.
func (m *Merger) AddTag(id uint32, text string) {
	m.appendNode(m.Intern(text), makeInfo(DeclTag, 0), id, wholeDeclaration)
}

// appendNode adds a node to the graph and returns it.
func (m *Merger) appendNode(words ...uint32) uint32 {
	t := &m.types
	t.words = append(roomFor(t.words, len(words)), words...)
	t.start = append(roomFor(t.start, 1), uint32(len(t.words)))
	return m.nodes() - 1
}

// roomFor returns s with room for n more. It grows faster than by append, as large slices are copied less often then.
func roomFor(s []uint32, n int) []uint32 {
	if cap(s)-len(s) < n {
		s = slices.Grow(s, max(n, len(s)))
	}
	return s
}

// MapFiles has the names of source files in line_info go through a function.
func (m *Merger) MapFiles(name func(string) string) { m.fileName = name }

// AddSection adds a DATASEC of the output, after all other types. Its members must be in
// ascending order of offset. Size is in bytes.
func (m *Merger) AddSection(name string, size uint32, vars []SectionVar) {
	m.secs = append(m.secs, outSection{name, size, vars})
}

// Finish merges, for output in the given byte order. types is nil if no type is left, ext is nil if there are no records.
func (m *Merger) Finish(order binary.ByteOrder) (types, ext []byte, err error) {
	m.apply()
	keep := m.mark()
	m.identify(keep)
	class, err := m.dedup(keep)
	if err != nil {
		return nil, nil, err
	}
	e := &emitter{m: m, bo: order, strs: []byte{0}, files: map[uint32]uint32{}}
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

// ID returns the output type id of a type, 0 if it went.
func (m *Merger) ID(id uint32) uint32 { return m.ids[id] }

// mark finds what stays. A type goes if nothing but dropped declarations led to it: so a type
// that no declaration mentions stays, as its author put it there for somebody to find by name.
func (m *Merger) mark() (keep []bool) {
	n := m.nodes()
	m.makeRoom()
	gone := func(v uint32) bool { return m.dropped[v] || m.alias[v] != 0 || m.kind(v) == Datasec }
	keep = make([]bool, n)
	led := make([]uint32, n) // number of the last object, from 1, in which what goes led to the node
	root := make([]bool, n)
	var stack []uint32
	roots := slices.Clone(m.clones)
	for i, nodes := range m.objs {
		at := uint32(i) + 1
		// A DATASEC names its variables but is no reason for them to stay or go.
		for _, v := range nodes {
			if v != 0 && gone(v) && m.kind(v) != Datasec {
				stack = append(stack, v)
			}
		}
		stack = m.spread(stack, func(v uint32) bool { return led[v] == at }, func(v uint32) { led[v] = at })
		for _, v := range nodes {
			if v != 0 && led[v] != at && !root[v] && !gone(v) && m.kind(v) != DeclTag {
				root[v] = true
				roots = append(roots, v)
			}
		}
	}
	for k := range m.ext {
		for _, s := range m.ext[k] {
			roots = s.types(RecordKind(k), roots)
		}
	}
	for i, v := range roots { // records may name what another node stands for
		roots[i] = m.resolve(v)
	}
	m.spread(roots, func(v uint32) bool { return keep[v] }, func(v uint32) { keep[v] = true })
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

// spread adds every node reachable from the stack to a set. It returns the stack, empty.
func (m *Merger) spread(stack []uint32, in func(v uint32) bool, add func(v uint32)) []uint32 {
	for len(stack) > 0 {
		v := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if in(v) {
			continue
		}
		add(v)
		w := m.at(v)
		for p := nextRef(w, wType); p < len(w); p = nextRef(w, p+1) {
			if w[p] != 0 {
				if to := m.resolve(w[p]); !in(to) {
					stack = append(stack, to)
				}
			}
		}
	}
	return stack
}

// emitter writes the output of one Finish.
type emitter struct {
	m     *Merger
	bo    binary.ByteOrder
	out   []uint32
	strAt []uint32 // interned string -> offset in the output's string section, 0 where not used yet
	strs  []byte
	order []uint32          // kept nodes in output order
	files map[uint32]uint32 // names of source files, and the ones that they get
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

// str returns the offset of an interned string in the output's string section.
func (e *emitter) str(id uint32) uint32 {
	if int(id) < len(e.strAt) {
		if off := e.strAt[id]; off != 0 {
			return off
		}
	}
	return e.newStr(id)
}

func (e *emitter) newStr(id uint32) uint32 {
	if id == 0 {
		return 0
	}
	if n := e.m.strs.Len(); len(e.strAt) < n { // sections bring strings that no type has
		e.strAt = append(e.strAt, make([]uint32, n-len(e.strAt))...)
	}
	off := uint32(len(e.strs))
	e.strs = append(append(e.strs, e.m.strs.At(id)...), 0)
	e.strAt[id] = off
	return off
}

// size returns the words of the output's header and types, and of as many strings as there will be at most.
func (e *emitter) size() int {
	n := btfHeaderSize / 4
	for _, v := range e.order {
		n += len(e.m.at(v))
	}
	for _, s := range e.m.secs {
		n += wHead + 3*len(s.vars)
	}
	return n
}

func (e *emitter) types(class []uint32) error {
	m := e.m
	var lost error
	e.out = make([]uint32, btfHeaderSize/4, e.size())
	for _, v := range e.order {
		from := len(e.out)
		e.out = append(e.out, m.at(v)...)
		w := e.out[from:]
		eachName(w, func(p int) { w[p] = e.str(w[p]) })
		for p := nextRef(w, wType); p < len(w); p = nextRef(w, p+1) {
			id := m.ids[w[p]]
			if id == 0 && w[p] != 0 {
				lost = fmt.Errorf("a %s that stays refers to one that goes: %s '%s'", infoKind(w[wInfo]), m.kind(w[p]), m.name(w[p]))
			}
			w[p] = id
		}
	}
	for _, s := range m.secs {
		if len(s.vars) > math.MaxUint16 {
			return fmt.Errorf("section '%s' has %d variables, BTF holds %d", s.name, len(s.vars), math.MaxUint16)
		}
		e.out = append(e.out, e.str(m.Intern(s.name)), makeInfo(Datasec, uint32(len(s.vars))), s.size)
		for _, v := range s.vars {
			id := m.ID(v.ID)
			if id == 0 {
				lost = fmt.Errorf("section '%s' lists a variable that goes: '%s'", s.name, m.name(v.ID))
			}
			e.out = append(e.out, id, v.Offset, v.Size)
		}
	}
	return lost
}

// finish assembles .BTF. Its header has the 24 bytes that every reader knows.
func (e *emitter) finish() ([]byte, error) {
	if uint64(len(e.strs)) > math.MaxUint32 || uint64(len(e.out))*4 > math.MaxUint32 {
		return nil, fmt.Errorf("%d words of types and %d bytes of strings exceed 32-bit offsets", len(e.out), len(e.strs))
	}
	const head = btfHeaderSize / 4
	size := uint32(len(e.out)-head) * 4
	copy(e.out, []uint32{0, btfHeaderSize, 0, size, size, uint32(len(e.strs))})
	return append(withMagic(bytesOf(e.out, e.bo), e.bo), e.strs...), nil
}
