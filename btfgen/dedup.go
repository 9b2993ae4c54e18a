package btfgen

import (
	"cmp"
	"errors"
	"slices"
)

// What is left to do when every object has shared the nodes of its types with those before it: a forward declaration
// stands for the full type of its name, which makes more types equal, and circles of types can be equal without
// having as many members.
//
// This is partition refinement. At first all types that look alike, as far as a few references away, are one class; most
// have one member, and are done with. Then a class is split wherever its members refer to types of
// different classes, until nothing splits any more. What is left together is equal, cycles
// included, whatever the order of the inputs. When a class splits, its largest part keeps
// the class number, so that a type changes class at most log2(n) times and the whole takes
// O(m log n) for m references.
//
// A VAR or FUNC is only ever equal to itself: each stands for a thing of its own.
//
// A forward declaration stands for the full type of its name, if all full types of that name
// are equal. Whether they are depends on what they refer to, forward declarations of
// other names among it; so it is assumed of all names, then of those for which it held, until it
// holds for all of which it is assumed.

// partition is the state of one refinement.
type partition struct {
	m     *Merger
	all   []uint32 // the kept nodes but for forward declarations that something stands for
	nodes []uint32 // those of all in classes of several members, grouped by class
	pos   []uint32 // node -> its index in nodes
	class []uint32 // node -> class
	first []uint32 // class -> index of its first member in nodes
	size  []uint32 // class -> number of members
	look  []uint64 // node -> hash of its looks, without what it refers to
	sig   []uint64 // node -> at first a hash of more looks, then one over the classes it refers to
	refs  []edge   // who among nodes refers to a node, and at which word: a list a node
	from  []uint32 // node -> index of its first entry in refs; len = nodes + 1
	fwdTo []uint32 // FWD node -> the full type that stands for it, or 0
	seen  []uint32 // node -> last round in which it became dirty
	round uint32
	salt  uint64
}

type edge struct{ node, pos uint32 }

// dedup returns for each kept node the first node that is equal to it, 0 for the others.
func (m *Merger) dedup(keep []bool) ([]uint32, error) {
	fwds := m.forwards(keep)
	if len(fwds) == 0 && m.distinct(keep) {
		return m.allDiffer(keep), nil
	}
	random := m.seed.Hash("salt") // so that nobody can make types that meet
	for salt := uint64(1); salt < 8; salt++ {
		p, ok := m.partition(keep, fwds, mix(random, salt))
		if ok {
			return p.representatives(keep), nil
		}
	}
	return nil, errors.New("types cannot be told apart")
}

// distinct reports whether types are only equal if they are one node. Where there are no circles, what is looked up when it
// is added is found. If two nodes are equal that lead into circles, then some circle has a struct or union that is equal to
// another one, in a circle or on the way to it: so it is enough that none looks like another.
func (m *Merger) distinct(keep []bool) bool {
	if m.unsure {
		return false
	}
	salt := m.seed.Hash("circle")
	look := func(v uint32) uint64 {
		w := m.at(v)
		return mix(salt^uint64(w[wName]), uint64(w[wInfo])<<32|uint64(w[wType]))
	}
	table := make([]uint32, tableSize(len(m.circle))) // node, 0 is free
	mask := uint64(len(table) - 1)
	meet := func(v uint32) *uint32 {
		h := look(v)
		i := (h ^ h>>32) & mask
		for table[i] != 0 && look(table[i]) != h {
			i = (i + 1) & mask
		}
		return &table[i]
	}
	for _, v := range m.circle {
		if slot := meet(v); keep[v] && *slot == 0 {
			*slot = v
		} else if keep[v] && *slot != v {
			return false
		}
	}
	for v := uint32(1); v < m.nodes(); v++ {
		if k := m.kind(v); keep[v] && (k == Struct || k == Union) {
			if there := *meet(v); there != 0 && there != v {
				return false
			}
		}
	}
	return true
}

// allDiffer returns every node that is kept as the first of its own kind, but for tags that say the same of what has come
// to be one thing.
func (m *Merger) allDiffer(keep []bool) []uint32 {
	type tag struct{ info, text, on, component uint32 }
	first := map[tag]uint32{}
	rep := make([]uint32, len(keep))
	for v := uint32(1); v < uint32(len(keep)); v++ {
		if !keep[v] {
			continue
		}
		rep[v] = v
		if w := m.at(v); infoKind(w[wInfo]) == DeclTag {
			t := tag{w[wInfo], w[wName], m.resolve(w[wType]), w[wHead]}
			if there, ok := first[t]; ok {
				rep[v] = there
			} else {
				first[t] = v
			}
		}
	}
	return rep
}

// partition refines until the assumptions about forward declarations hold.
func (m *Merger) partition(keep []bool, fwds []forward, salt uint64) (*partition, bool) {
	const rounds = 8 // then nothing is assumed that does not hold without assumptions
	look := m.looks(keep, salt)
	for i := range fwds { // what does not even look equal need not be assumed to be
		f := &fwds[i]
		f.open = !slices.ContainsFunc(f.full, func(v uint32) bool { return look[v] != look[f.full[0]] })
	}
	var p *partition
	for round := 0; ; round++ {
		p = m.refine(keep, fwds, salt, look)
		if !p.verify() {
			return nil, false
		}
		again := false
		for i := range fwds {
			f := &fwds[i]
			if f.open && !p.oneClass(f.full) {
				f.open, again = false, true
			}
		}
		if !again {
			return p, true
		}
		if round == rounds {
			saved := slices.Clone(fwds)
			for i := range fwds {
				fwds[i].open = false
			}
			p = m.refine(keep, fwds, salt, look)
			for i := range fwds {
				fwds[i].open = saved[i].open && p.oneClass(fwds[i].full)
			}
		}
	}
}

// forward is a name that has both forward declarations and full types.
type forward struct {
	decl, full []uint32 // nodes
	open       bool     // it is assumed, and not yet refuted, that all of full are equal
}

// forwards collects the forward declarations of structs, unions and enums with the full types of
// the same name and kind.
func (m *Merger) forwards(keep []bool) []forward {
	type key struct {
		name uint32
		kind Kind
	}
	index := map[key]int{}
	var list []forward
	each := func(fn func(v uint32, k key, decl bool)) {
		for v := uint32(1); v < m.nodes(); v++ {
			if !keep[v] {
				continue
			}
			w := m.at(v)
			name, kind := w[wName], infoKind(w[wInfo])
			if name == 0 {
				continue
			}
			switch kind {
			case Fwd:
				k := Struct
				if infoFlag(w[wInfo]) {
					k = Union
				}
				fn(v, key{name, k}, true)
			case Struct, Union:
				fn(v, key{name, kind}, false)
			case Enum, Enum64: // clang declares an enum without its values as one of none
				fn(v, key{name, Enum}, infoVlen(w[wInfo]) == 0)
			}
		}
	}
	each(func(v uint32, k key, decl bool) {
		if !decl {
			return
		}
		i, ok := index[k]
		if !ok {
			i = len(list)
			index[k] = i
			list = append(list, forward{open: true})
		}
		list[i].decl = append(list[i].decl, v)
	})
	if len(list) == 0 {
		return nil
	}
	each(func(v uint32, k key, decl bool) {
		if i, ok := index[k]; ok && !decl {
			list[i].full = append(list[i].full, v)
		}
	})
	return slices.DeleteFunc(list, func(f forward) bool { return len(f.full) == 0 })
}

func (p *partition) oneClass(nodes []uint32) bool {
	for _, v := range nodes[1:] {
		if p.class[v] != p.class[nodes[0]] {
			return false
		}
	}
	return true
}

// to is the node that a reference stands for.
func (p *partition) to(ref uint32) uint32 {
	ref = p.m.resolve(ref)
	if f := p.fwdTo[ref]; f != 0 {
		return f
	}
	return ref
}

func (m *Merger) refine(keep []bool, fwds []forward, salt uint64, look []uint64) *partition {
	n := m.nodes()
	p := &partition{m: m, salt: salt, look: look, class: make([]uint32, n), sig: slices.Clone(look), fwdTo: make([]uint32, n), all: make([]uint32, 0, n)}
	for _, f := range fwds {
		if f.open {
			for _, v := range f.decl {
				p.fwdTo[v] = f.full[0]
			}
		}
	}
	for v := uint32(1); v < n; v++ {
		if keep[v] && p.fwdTo[v] == 0 {
			p.all = append(p.all, v)
		}
	}
	p.lookalikes()
	p.group()
	if len(p.nodes) == 0 {
		return p
	}
	p.seen = make([]uint32, n)
	p.referrers()
	dirty := slices.Clone(p.nodes)
	for _, v := range p.nodes {
		w := m.at(v)
		p.sig[v] = 0
		for at := nextRef(w, wType); at < len(w); at = nextRef(w, at+1) {
			if w[at] != 0 {
				p.sig[v] += p.refHash(uint32(at), p.class[p.to(w[at])])
			}
		}
	}
	for len(dirty) > 0 {
		dirty = p.split(dirty)
	}
	return p
}

func (p *partition) refHash(pos, class uint32) uint64 {
	return mix(p.salt*mixA+uint64(pos), uint64(class)+1)
}

// referrers fills refs and from. Only a node of a class of several members can be told apart from others, and
// only such a node can become one of another class.
func (p *partition) referrers() {
	m := p.m
	p.from = make([]uint32, m.nodes()+1)
	each := func(fn func(to, v uint32, at int)) {
		for _, v := range p.nodes {
			w := m.at(v)
			for at := nextRef(w, wType); at < len(w); at = nextRef(w, at+1) {
				if to := p.to(w[at]); to != 0 && p.size[p.class[to]] > 1 {
					fn(to, v, at)
				}
			}
		}
	}
	each(func(to, _ uint32, _ int) { p.from[to]++ })
	sum := uint32(0)
	for i, c := range p.from {
		p.from[i] = sum
		sum += c
	}
	p.refs = make([]edge, sum)
	fill := slices.Clone(p.from)
	each(func(to, v uint32, at int) {
		p.refs[fill[to]] = edge{v, uint32(at)}
		fill[to]++
	})
}

// looks returns hashes of the looks of the nodes that are kept.
func (m *Merger) looks(keep []bool, salt uint64) []uint64 {
	p := &partition{m: m, salt: salt}
	look := make([]uint64, m.nodes())
	for v := uint32(1); v < m.nodes(); v++ {
		switch {
		case !keep[v]:
		case single(m.kind(v)):
			look[v] = mix(salt, uint64(v))
		default:
			look[v] = p.lookHash(m.at(v))
		}
	}
	return look
}

// lookRounds is how many references away types are looked at for the first classes: as far as from a parameter of a
// prototype, by way of a pointer and a qualifier, to the name of a struct.
const lookRounds = 4

// lookalikes makes the first classes: of types that look alike, what they refer to included, up to lookRounds away.
func (p *partition) lookalikes() {
	next := make([]uint64, len(p.sig))
	before := 0
	for round := 1; round <= lookRounds; round++ {
		for _, v := range p.all {
			w, h := p.m.at(v), p.sig[v]
			if !single(infoKind(w[wInfo])) {
				for at := nextRef(w, wType); at < len(w); at = nextRef(w, at+1) {
					h = mix(h, p.sig[p.to(w[at])])
				}
			}
			next[v] = h
		}
		p.sig, next = next, p.sig
		if round%2 == 0 {
			classes := p.classify()
			if classes == len(p.all) || classes == before {
				return
			}
			before = classes
		}
	}
}

// classify makes one class of all nodes with one signature, and returns how many classes there are.
func (p *partition) classify() int {
	table := make([]uint32, tableSize(len(p.all))) // node, 0 is free
	mask := uint64(len(table) - 1)
	n := uint32(0)
	for _, v := range p.all {
		h := p.sig[v]
		i := (h ^ h>>32) & mask
		for table[i] != 0 && p.sig[table[i]] != h {
			i = (i + 1) & mask
		}
		if table[i] == 0 {
			table[i] = v
			p.class[v] = n
			n++
		} else {
			p.class[v] = p.class[table[i]]
		}
	}
	return int(n)
}

// group fills nodes, pos, first and size.
func (p *partition) group() {
	for _, v := range p.all {
		for int(p.class[v]) >= len(p.size) {
			p.size = append(p.size, 0)
		}
		p.size[p.class[v]]++
	}
	p.first = make([]uint32, len(p.size))
	sum := uint32(0)
	for c, n := range p.size {
		p.first[c] = sum
		if n > 1 {
			sum += n
		}
	}
	if sum == 0 {
		return
	}
	fill := slices.Clone(p.first)
	p.nodes, p.pos = make([]uint32, sum), make([]uint32, len(p.class))
	for _, v := range p.all {
		if c := p.class[v]; p.size[c] > 1 {
			p.nodes[fill[c]], p.pos[v] = v, fill[c]
			fill[c]++
		}
	}
}

// single reports whether a type of some kind is only ever equal to itself.
func single(k Kind) bool { return k == Var || k == Func }

func tableSize(n int) int {
	size := 16
	for size < 2*n {
		size *= 2
	}
	return size
}

// refMask has a bit for each of the words before the elements of a type that is a type id.
func refMask(k Kind) (head uint32) {
	if layouts[k].headRef {
		head = 1 << wType
	}
	if k == Array {
		head |= 1<<3 | 1<<4
	}
	return head
}

// isVoid is all that counts of a type id when only looks are compared.
func isVoid(id uint32) uint32 {
	if id == 0 {
		return 0
	}
	return 1
}

func (p *partition) lookHash(w []uint32) uint64 {
	k := infoKind(w[wInfo])
	l, refs := &layouts[k], refMask(k)
	start := wHead + l.extra
	h := p.salt
	for i, x := range w[:start] {
		if refs>>i&1 != 0 {
			x = isVoid(x)
		}
		h = mix(h, uint64(x)+1)
	}
	for at := start; at < len(w); at += l.stride {
		for i, x := range w[at : at+l.stride] {
			if i == l.elemType {
				x = isVoid(x)
			}
			h = mix(h, uint64(x)+1)
		}
	}
	return h ^ h>>32
}

// sameLook reports whether two types are equal but for the types that they refer to.
func sameLook(a, b []uint32) bool {
	if len(a) != len(b) || a[wInfo] != b[wInfo] || a[wName] != b[wName] {
		return false
	}
	k := infoKind(a[wInfo])
	l, refs := &layouts[k], refMask(k)
	start := wHead + l.extra
	for i := wType; i < start; i++ {
		if a[i] != b[i] && (refs>>i&1 == 0 || isVoid(a[i]) != isVoid(b[i])) {
			return false
		}
	}
	for at := start; at < len(a); at += l.stride {
		for i := range l.stride {
			if x, y := a[at+i], b[at+i]; x != y && (i != l.elemType || isVoid(x) != isVoid(y)) {
				return false
			}
		}
	}
	return true
}

// split splits the classes of the dirty nodes, those whose signature changed, and returns the
// nodes that have become dirty by that. The members of a class that are not dirty all have one
// signature.
func (p *partition) split(dirty []uint32) (next []uint32) {
	slices.SortFunc(dirty, func(a, b uint32) int {
		return cmp.Or(cmp.Compare(p.class[a], p.class[b]), cmp.Compare(p.sig[a], p.sig[b]), cmp.Compare(a, b))
	})
	type move struct{ node, was uint32 }
	var moved []move
	for i := 0; i < len(dirty); {
		c := p.class[dirty[i]]
		j := i
		for j < len(dirty) && p.class[dirty[j]] == c {
			j++
		}
		for _, part := range p.parts(c, dirty[i:j]) {
			fresh := uint32(len(p.size))
			p.carve(c, part)
			p.first, p.size = append(p.first, p.first[c]+p.size[c]), append(p.size, uint32(len(part)))
			for _, v := range part {
				p.class[v] = fresh
				moved = append(moved, move{v, c})
			}
		}
		i = j
	}
	p.round++
	for _, mv := range moved {
		for _, e := range p.refs[p.from[mv.node]:p.from[mv.node+1]] {
			p.sig[e.node] += p.refHash(e.pos, p.class[mv.node]) - p.refHash(e.pos, mv.was)
			if p.seen[e.node] != p.round {
				p.seen[e.node] = p.round
				next = append(next, e.node)
			}
		}
	}
	return next
}

// parts returns the parts of class c that leave it, the largest staying. dirty holds its dirty
// members by signature.
func (p *partition) parts(c uint32, dirty []uint32) (leave [][]uint32) {
	if p.size[c] == 1 {
		return nil
	}
	for i := 0; i < len(dirty); {
		j := i
		for j < len(dirty) && p.sig[dirty[j]] == p.sig[dirty[i]] {
			j++
		}
		leave = append(leave, dirty[i:j:j])
		i = j
	}
	largest := 0
	for i := range leave {
		if len(leave[i]) > len(leave[largest]) {
			largest = i
		}
	}
	clean := p.size[c] - uint32(len(dirty))
	if clean == 0 {
		return slices.Delete(leave, largest, largest+1)
	}
	// With the dirty members at the end of the class's range the others are its start.
	p.carve(c, dirty)
	p.size[c] += uint32(len(dirty))
	rest := p.nodes[p.first[c] : p.first[c]+clean]
	same := slices.IndexFunc(leave, func(r []uint32) bool { return p.sig[r[0]] == p.sig[rest[0]] })
	switch {
	case same >= 0: // as good as not dirty
		return slices.Delete(leave, same, same+1)
	case int(clean) < len(leave[largest]):
		leave[largest] = slices.Clone(rest)
	}
	return leave
}

// carve moves members of class c to the end of its range and cuts them off it.
func (p *partition) carve(c uint32, part []uint32) {
	for _, v := range part {
		p.size[c]--
		at, end := p.pos[v], p.first[c]+p.size[c]
		other := p.nodes[end]
		p.nodes[at], p.nodes[end] = other, v
		p.pos[other], p.pos[v] = at, end
	}
}

// verify compares each member of each class with its first one, exactly: hashes may lie.
func (p *partition) verify() bool {
	for c := range p.size {
		if p.size[c] < 2 {
			continue
		}
		members := p.nodes[p.first[c] : p.first[c]+p.size[c]]
		a := p.m.at(members[0])
		if single(infoKind(a[wInfo])) {
			return false
		}
		for _, v := range members[1:] {
			b := p.m.at(v)
			same := sameLook(a, b)
			if same {
				eachRef(a, func(at int) {
					same = same && (a[at] == 0 || p.class[p.to(a[at])] == p.class[p.to(b[at])])
				})
			}
			if !same {
				return false
			}
		}
	}
	return true
}

// representatives maps each kept node to the first of its class.
func (p *partition) representatives(keep []bool) []uint32 {
	lowest := make([]uint32, len(p.size))
	for _, v := range p.all {
		if c := p.class[v]; lowest[c] == 0 {
			lowest[c] = v
		}
	}
	rep := make([]uint32, len(keep))
	for v := uint32(1); v < uint32(len(keep)); v++ {
		if keep[v] { // else it has no class
			rep[v] = lowest[p.class[p.to(v)]]
		}
	}
	return rep
}
