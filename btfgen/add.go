package btfgen

// Prepared is what a Merger takes of one object.
type Prepared struct {
	types  *Types
	ext    *Ext     // with numbers of texts in place of string offsets
	hashes []uint64 // by type id
	texts  []text   // the strings that records use
	circle []uint32 // the structs and unions that lead back to themselves

	// Apart gives every type a node of its own, so that what is said of one, as by Alias, is said of no other object's.
	Apart bool
}

// text is a string of an object.
type text struct {
	off  uint32
	size int // bytes
	hash uint64
}

// Prepare gets an object ready to be added: all that can be done without a look at other objects. ext may be nil. The
// result is good until h prepares another, and as long as t and ext are.
func (h *Hasher) Prepare(t *Types, ext *Ext) *Prepared {
	p := &Prepared{types: t, hashes: h.Hash(t)}
	h.texts = h.texts[:0]
	if ext != nil {
		h.number = zeroed(h.number, 1<<10)
		p.ext = ext.copy(h, t)
	}
	p.texts, p.circle = h.texts, h.circle
	return p
}

// numberOf returns the number of the text at a string offset.
func (h *Hasher) numberOf(t *Types, off uint32) uint32 {
	slot := h.textSlot(off)
	if n := h.number[slot]; n != 0 {
		return n - 1
	}
	x := text{off: off}
	x.hash, x.size = h.seed.HashAt(t.strs, off)
	h.texts = append(h.texts, x)
	h.number[slot] = uint32(len(h.texts))
	if 2*len(h.texts) > len(h.number) {
		h.number = zeroed(h.number, 2*len(h.number))
		for i := range h.texts {
			h.number[h.textSlot(h.texts[i].off)] = uint32(i) + 1
		}
	}
	return uint32(len(h.texts)) - 1
}

// textSlot returns where the text at a string offset is, or would be, in number.
func (h *Hasher) textSlot(off uint32) uint32 {
	mask := uint32(len(h.number) - 1)
	i := uint32(h.seed.Mix(0, uint64(off))) & mask
	for h.number[i] != 0 && h.texts[h.number[i]-1].off != off {
		i = (i + 1) & mask
	}
	return i
}

// Add adds an object. It returns what the types of m are that the object's stand for, by their ids; those of declarations,
// tags and sections again; and its records, which name types and strings of m. Nothing that is returned, or kept,
// aliases the object. The object's DATASECs are not in the output: AddSection makes the output's.
func (m *Merger) Add(p *Prepared) (node []uint32, index Index, ext *Ext) {
	t := p.types
	node = m.appendTypes(p)
	m.objs = append(m.objs, node)
	of := func(ids []uint32) []uint32 {
		nodes := make([]uint32, len(ids))
		for i, id := range ids {
			nodes[i] = node[id]
		}
		return nodes
	}
	index = Index{Decls: of(t.index.Decls), Tags: of(t.index.Tags), Datasecs: of(t.index.Datasecs)}
	if p.ext != nil {
		p.ext.translate(m, node, m.textsOf(p))
	}
	return node, index, p.ext
}

// textsOf returns the numbers of the texts of an object.
func (m *Merger) textsOf(p *Prepared) []uint32 {
	ids := make([]uint32, len(p.texts))
	for i, x := range p.texts {
		ids[i] = m.strs.AddHashed(p.types.strs[x.off:int(x.off)+x.size], x.hash)
	}
	return ids
}

// nodeTable finds nodes by the hash of their types.
type nodeTable struct {
	hash []uint64 // by slot
	node []uint32 // by slot; 0 is free
	used int
}

func (n *nodeTable) init() { n.hash, n.node = make([]uint64, 1024), make([]uint32, 1024) }

// slot returns the slot of a hash, or the free one where it belongs.
func (n *nodeTable) slot(h uint64) uint64 {
	mask := uint64(len(n.node) - 1)
	i := h & mask
	for n.node[i] != 0 && n.hash[i] != h {
		i = (i + 1) & mask
	}
	return i
}

func (n *nodeTable) set(slot, h uint64, node uint32) {
	n.hash[slot], n.node[slot] = h, node
	if n.used++; 2*n.used <= len(n.node) {
		return
	}
	old := *n
	n.hash, n.node = make([]uint64, 2*len(old.node)), make([]uint32, 2*len(old.node))
	for i, v := range old.node {
		if v != 0 {
			at := n.slot(old.hash[i])
			n.hash[at], n.node[at] = old.hash[i], v
		}
	}
}

// appendTypes gives each type of an object its node, a new one if there is none that is equal, and returns them by type id.
func (m *Merger) appendTypes(p *Prepared) []uint32 {
	t, hashes := p.types, p.hashes
	first := m.nodes()
	node := make([]uint32, t.Len())
	var fresh []uint32 // the types that new nodes are for
	for id := uint32(1); id < t.Len(); id++ {
		if p.Apart || t.single(id) {
			node[id] = first + uint32(len(fresh))
			fresh = append(fresh, id)
			continue
		}
		slot := m.known.slot(hashes[id])
		if node[id] = m.known.node[slot]; node[id] == 0 {
			node[id] = first + uint32(len(fresh))
			fresh = append(fresh, id)
			m.known.set(slot, hashes[id], node[id])
		}
	}
	if !m.confirm(t, node, first, fresh) {
		fresh = m.apart(t, node, first, fresh, hashes)
		m.unsure = true
	}
	m.unsure = m.unsure || p.Apart
	for _, id := range fresh {
		m.appendType(t, id, node)
	}
	for _, id := range p.circle {
		if v := node[id]; v >= first {
			m.circle = append(m.circle, v)
		}
	}
	return node
}

// single reports whether a type has a node of its own: a VAR, a FUNC, what is said of one, and a DATASEC.
func (t *Types) single(id uint32) bool {
	k := t.Kind(id)
	if k == DeclTag {
		k = t.Kind(t.at(id)[wType])
	}
	return single(k) || k == Datasec
}

// confirm compares every type with the node that has its hash. As all references of equal types have to lead to the same
// nodes, what agrees everywhere is equal, circles included.
func (m *Merger) confirm(t *Types, node []uint32, first uint32, fresh []uint32) bool {
	for id := uint32(1); id < t.Len(); id++ {
		v := node[id]
		switch {
		case v < first:
			if !m.isNode(t, id, node, m.at(v)) {
				return false
			}
		case fresh[v-first] != id:
			if !t.sameAs(id, fresh[v-first], node) {
				return false
			}
		}
	}
	return true
}

// isNode reports whether a type has the words of a node.
func (m *Merger) isNode(t *Types, id uint32, node []uint32, w []uint32) bool {
	x := t.at(id)
	if len(x) != len(w) || x[wInfo] != w[wInfo] || !t.hasName(x[wName], m.strs.At(w[wName])) {
		return false
	}
	k := infoKind(x[wInfo])
	l, refs := &layouts[k], refMask(k)
	start := wHead + l.extra
	for i := wType; i < start; i++ {
		if refs>>i&1 != 0 && node[x[i]] != w[i] || refs>>i&1 == 0 && x[i] != w[i] {
			return false
		}
	}
	for at := start; at < len(x); at += l.stride {
		for i := range l.stride {
			switch a, b := x[at+i], w[at+i]; i {
			case l.elemName:
				if !t.hasName(a, m.strs.At(b)) {
					return false
				}
			case l.elemType:
				if node[a] != b {
					return false
				}
			default:
				if a != b {
					return false
				}
			}
		}
	}
	return true
}

// hasName reports whether the string at an offset is s.
func (t *Types) hasName(off uint32, s string) bool {
	rest := t.strs[off:]
	return len(rest) > len(s) && rest[len(s)] == 0 && rest[:len(s)] == s
}

// sameAs reports whether two types of an object are equal, given the nodes of what they refer to.
func (t *Types) sameAs(a, b uint32, node []uint32) bool {
	x, y := t.at(a), t.at(b)
	if len(x) != len(y) || x[wInfo] != y[wInfo] || t.str(x[wName]) != t.str(y[wName]) {
		return false
	}
	k := infoKind(x[wInfo])
	l, refs := &layouts[k], refMask(k)
	start := wHead + l.extra
	for i := wType; i < start; i++ {
		if x[i] != y[i] && (refs>>i&1 == 0 || node[x[i]] != node[y[i]]) {
			return false
		}
	}
	for at := start; at < len(x); at += l.stride {
		for i := range l.stride {
			if p, q := x[at+i], y[at+i]; p != q && !(i == l.elemName && t.str(p) == t.str(q) || i == l.elemType && node[p] == node[q]) {
				return false
			}
		}
	}
	return true
}

// apart gives every type of an object a node of its own, after types of one hash have turned out to differ. Which of
// them are equal is found out when all objects are there. It returns the types that new nodes are for: all.
func (m *Merger) apart(t *Types, node []uint32, first uint32, fresh []uint32, hashes []uint64) []uint32 {
	all := make([]uint32, 0, t.Len())
	for id := uint32(1); id < t.Len(); id++ {
		all = append(all, id)
	}
	// Nodes that are in the table already get the numbers that they have now. From the last to the first, as numbers only
	// become higher.
	for i := len(all) - 1; i >= 0; i-- {
		id := all[i]
		if v := node[id]; v >= first && fresh[v-first] == id && !t.single(id) {
			m.known.node[m.known.slot(hashes[id])] = first + uint32(i)
		}
	}
	for i, id := range all {
		node[id] = first + uint32(i)
	}
	return all
}

// appendType adds the node of a type of an object.
func (m *Merger) appendType(t *Types, id uint32, node []uint32) {
	w := m.at(m.appendNode(t.at(id)...))
	l := &layouts[infoKind(w[wInfo])]
	w[wName] = m.internAt(t, w[wName])
	if l.elemName >= 0 && l.stride > 0 {
		for at := wHead + l.extra + l.elemName; at < len(w); at += l.stride {
			w[at] = m.internAt(t, w[at])
		}
	}
	for at := nextRef(w, wType); at < len(w); at = nextRef(w, at+1) {
		w[at] = node[w[at]]
	}
}

// internAt returns the number of the string at an offset.
func (m *Merger) internAt(t *Types, off uint32) uint32 {
	h, size := m.seed.HashAt(t.strs, off)
	return m.strs.AddHashed(t.strs[off:int(off)+size], h)
}
