package btfgen

import (
	"hash/maphash"
	"math/bits"
	"slices"
)

// Odd constants of the golden ratio and of the square root of 3, to spread bits with.
const (
	mixA = 0x9e3779b97f4a7c15
	mixB = 0xbb67ae8584caa73b
)

func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a^mixA, b^mixB)
	return hi ^ lo
}

// A Hasher gives each type of an object a hash of all that it is: itself and, to any depth, what it refers to. Types that
// are equal in two objects, or twice in one, have one hash; who takes types of one hash for equal has to compare them.
//
// Types that refer to one another in a circle are hashed together: each strongly connected component of the graph of
// types gets a hash of its own, made of its members', none of which depends on where in the object they stand.
type Hasher struct {
	seed maphash.Seed

	t     *Types
	hash  []uint64 // by type id: at first of its own words, then of all
	order []uint32 // by type id: when it was met, from 1
	low   []uint32 // by type id: the first met of those it leads to that are on the stack, done if it is off
	stack []uint32
	path  []visit
	met   uint32
	inner []uint64 // of the members of a component
	next  []uint64
	slot  []uint32 // by type id: index in inner + 1 while its component is hashed
}

// visit is a type on the way from where a search started.
type visit struct {
	id uint32
	at int // the word from which on references are yet to be followed
}

const done = ^uint32(0)

// NewHasher returns a hasher whose hashes m understands. It can be used beside m, by one goroutine.
func (m *Merger) NewHasher() *Hasher { return &Hasher{seed: m.seed} }

// Hash returns the hashes of all types by type id. They are good for the merger that h is of.
func (h *Hasher) Hash(t *Types) []uint64 {
	n := int(t.Len())
	h.t, h.met, h.hash = t, 0, make([]uint64, n)
	h.order, h.low, h.slot = zeroed(h.order, n), zeroed(h.low, n), zeroed(h.slot, n)
	for id := uint32(1); id < uint32(n); id++ {
		h.hash[id] = h.own(t.at(id))
	}
	for id := uint32(1); id < uint32(n); id++ {
		if h.order[id] == 0 {
			h.search(id)
		}
	}
	h.t = nil
	return h.hash
}

// zeroed returns n zeros, in the memory of s if there is enough.
func zeroed(s []uint32, n int) []uint32 {
	if cap(s) < n {
		return make([]uint32, n)
	}
	s = s[:n]
	clear(s)
	return s
}

// own hashes the words of a type but for type ids.
func (h *Hasher) own(w []uint32) uint64 {
	k := infoKind(w[wInfo])
	l := &layouts[k]
	x := mix(uint64(w[wInfo]), h.name(w[wName]))
	switch {
	case k == Array:
		return mix(x, uint64(w[5]))
	case !l.headRef:
		x = mix(x, uint64(w[wType]))
	}
	if l.extra > 0 {
		x = mix(x, uint64(w[wHead]))
	}
	if l.stride == 0 {
		return x
	}
	for e := w[wHead+l.extra:]; len(e) >= l.stride; e = e[l.stride:] {
		y := h.name(e[0]) // no element without a name but a DATASEC's, which nobody compares
		if l.stride == 3 {
			y += uint64(e[2]) * mixB
		}
		if l.elemType < 0 {
			y ^= uint64(e[1]) * mixA
		}
		x = mix(x, y)
	}
	return x
}

func (h *Hasher) name(off uint32) uint64 {
	if off == 0 || uint64(off) >= uint64(len(h.t.strs)) {
		return 0
	}
	return hashName(h.seed, h.t.str(off))
}

func hashName(seed maphash.Seed, s string) uint64 {
	if s == "" {
		return 0
	}
	return maphash.String(seed, s)
}

// nextRef returns the position of the first type id at or after position at in a type's words, or len(w).
func nextRef(w []uint32, at int) int {
	k := infoKind(w[wInfo])
	l := &layouts[k]
	switch {
	case at <= wType && l.headRef:
		return wType
	case k == Array:
		if at < 3 {
			return 3
		}
		if at < 5 {
			return at
		}
	case l.elemType >= 0 && l.stride > 0:
		first := wHead + l.extra + l.elemType
		if at <= first {
			return min(first, len(w))
		}
		n := (at - first + l.stride - 1) / l.stride
		return min(first+n*l.stride, len(w))
	}
	return len(w)
}

// search finds the components that are reached from a type, after Tarjan, each after those that it leads to.
func (h *Hasher) search(root uint32) {
	h.enter(root)
	for len(h.path) > 0 {
		v := &h.path[len(h.path)-1]
		w := h.t.at(v.id)
		at := nextRef(w, v.at)
		if at < len(w) {
			v.at = at + 1
			switch to := w[at]; {
			case to == 0 || h.low[to] == done:
			case h.order[to] == 0:
				h.enter(to)
			default:
				h.low[v.id] = min(h.low[v.id], h.order[to])
			}
			continue
		}
		id := v.id
		h.path = h.path[:len(h.path)-1]
		if h.low[id] == h.order[id] {
			h.leave(id)
		} else {
			up := h.path[len(h.path)-1].id
			h.low[up] = min(h.low[up], h.low[id])
		}
	}
}

func (h *Hasher) enter(id uint32) {
	h.met++
	h.order[id], h.low[id] = h.met, h.met
	h.stack = append(h.stack, id)
	h.path = append(h.path, visit{id, wType})
}

// leave takes the component of a type off the stack and hashes it.
func (h *Hasher) leave(id uint32) {
	i := len(h.stack) - 1
	for h.stack[i] != id {
		i--
	}
	members := h.stack[i:]
	h.stack = h.stack[:i]
	if len(members) == 1 && !h.refersTo(id, id) {
		h.hash[id] = h.outward(h.t.at(id), h.hash[id])
	} else {
		h.component(members)
	}
	for _, m := range members {
		h.low[m] = done
	}
}

func (h *Hasher) refersTo(id, to uint32) bool {
	w := h.t.at(id)
	for at := nextRef(w, wType); at < len(w); at = nextRef(w, at+1) {
		if w[at] == to {
			return true
		}
	}
	return false
}

// outward adds to the hash of a type those of the types that it refers to, but for members of a component that is being
// hashed.
func (h *Hasher) outward(w []uint32, x uint64) uint64 {
	for at := nextRef(w, wType); at < len(w); at = nextRef(w, at+1) {
		y := uint64(0)
		if to := w[at]; to != 0 && h.slot[to] == 0 {
			y = h.hash[to]
		}
		x = mix(x, y)
	}
	return x
}

// componentRounds is how far away within a component types count for the hash of each: in rounds, a round for
// each reference on the way.
const componentRounds = 3

// component hashes types that lead to one another.
func (h *Hasher) component(members []uint32) {
	h.inner, h.next = h.inner[:0], h.next[:0]
	for i, id := range members {
		h.slot[id] = uint32(i) + 1
	}
	for _, id := range members {
		h.inner = append(h.inner, h.outward(h.t.at(id), h.hash[id]))
	}
	for range componentRounds {
		h.next = h.next[:0]
		for i, id := range members {
			w, x := h.t.at(id), h.inner[i]
			for at := nextRef(w, wType); at < len(w); at = nextRef(w, at+1) {
				if s := h.slot[w[at]]; w[at] != 0 && s != 0 {
					x = mix(x, h.inner[s-1])
				}
			}
			h.next = append(h.next, x)
		}
		h.inner, h.next = h.next, h.inner
	}
	all := append(h.next[:0], h.inner...)
	slices.Sort(all)
	whole := uint64(0)
	for i, x := range all {
		if i == 0 || x != all[i-1] { // members that are equal to each other count as one
			whole = mix(whole, x)
		}
	}
	h.next = all
	for i, id := range members {
		h.hash[id] = mix(h.inner[i], whole)
		h.slot[id] = 0
	}
}
