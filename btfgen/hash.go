package btfgen

import (
	"math/bits"
	"slices"

	"github.com/bpfsdt/bpf-sdt-link/internal/intern"
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
// are equal in two objects, or twice in one, have one hash, unless one is part of a circle and the other only leads into it;
// who takes types of one hash for equal has to compare them.
//
// Types that refer to one another in a circle are hashed together: each strongly connected component of the graph of
// types gets a hash of its own, made of its members', none of which depends on where in the object they stand.
type Hasher struct {
	seed intern.Seed

	t     *Types
	hash  []uint64 // by type id: at first of its own words, then of all
	refs  []uint32 // what all types refer to, in the order of their words
	first []uint32 // by type id: index of its first in refs; one more at the end
	order []uint32 // by type id: when it was met, from 1
	low   []uint32 // by type id: the first met of those it leads to that are on the stack, done if it is off
	stack []uint32
	path  []visit
	met   uint32
	inner []uint64 // of the members of a component
	next  []uint64
	slot  []uint32 // by type id: index in inner + 1 while its component is hashed

	texts  []text   // the strings that records use
	number []uint32 // open addressing, by string offset: index in texts + 1, 0 is free
	circle []uint32 // the structs and unions in components of several types, or that refer to themselves
}

// visit is a type on the way from where a search started.
type visit struct {
	id uint32
	at uint32 // index in refs of the first that is yet to be followed
}

const done = ^uint32(0)

// NewHasher returns a hasher whose hashes m understands. It can be used beside m, by one goroutine.
func (m *Merger) NewHasher() *Hasher { return &Hasher{seed: m.seed} }

// Hash returns the hashes of all types by type id. They are good for the merger that h is of, until the next call.
func (h *Hasher) Hash(t *Types) []uint64 {
	n := int(t.Len())
	h.t, h.met = t, 0
	if cap(h.hash) < n {
		h.hash = make([]uint64, n)
	}
	h.hash = h.hash[:n]
	h.order, h.low, h.slot = zeroed(h.order, n), zeroed(h.low, n), zeroed(h.slot, n)
	h.circle = h.circle[:0]
	// About as much as will be needed.
	h.refs, h.first = slices.Grow(h.refs[:0], len(t.words)/3), append(slices.Grow(h.first[:0], n+1), 0)
	for id := uint32(1); id < uint32(n); id++ {
		w := t.at(id)
		h.hash[id] = h.own(w)
		h.first = append(h.first, uint32(len(h.refs)))
		h.refs = t.refs(id, h.refs)
	}
	h.first = append(h.first, uint32(len(h.refs)))
	for id := uint32(1); id < uint32(n); id++ {
		if h.low[id] != done && !h.leaf(id) {
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
	// From the seed on, so that nobody can make types that meet, or crowd in one place of a table.
	x := h.seed.Mix(uint64(w[wInfo]), h.name(w[wName]))
	switch {
	case k == Array:
		return h.seed.Mix(x, uint64(w[5]))
	case !l.headRef:
		x = h.seed.Mix(x, uint64(w[wType]))
	}
	if l.extra > 0 {
		x = h.seed.Mix(x, uint64(w[wHead]))
	}
	if l.stride == 0 {
		return x
	}
	for e := w[wHead+l.extra:]; len(e) >= l.stride; e = e[l.stride:] {
		y := uint64(0)
		if l.elemName == 0 {
			y = h.name(e[0])
		}
		if l.stride == 3 {
			y += uint64(e[2]) * mixB
		}
		if l.elemType < 0 {
			y ^= uint64(e[1]) * mixA
		}
		x = h.seed.Mix(x, y)
	}
	return x
}

// name returns the hash of a name.
func (h *Hasher) name(off uint32) uint64 {
	x, _ := h.seed.HashAt(h.t.strs, off)
	return x
}

// of returns what a type refers to, in the order of its words.
func (h *Hasher) of(id uint32) []uint32 { return h.refs[h.first[id]:h.first[id+1]] }

// leaf hashes a type at once, if all that it refers to is hashed.
func (h *Hasher) leaf(id uint32) bool {
	refs := h.of(id)
	for _, to := range refs {
		if to != 0 && h.low[to] != done {
			return false
		}
	}
	h.hash[id] = h.outward(refs, h.hash[id])
	h.low[id] = done
	return true
}

// search finds the components that are reached from a type, after Tarjan, each after those that it leads to.
func (h *Hasher) search(root uint32) {
	h.enter(root)
	for len(h.path) > 0 {
		v := &h.path[len(h.path)-1]
		id := v.id
		if v.at < h.first[id+1] {
			to := h.refs[v.at]
			v.at++
			switch {
			case to == 0 || h.low[to] == done:
			case h.order[to] != 0:
				h.low[id] = min(h.low[id], h.order[to])
			case !h.leaf(to):
				h.enter(to)
			}
			continue
		}
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
	h.path = append(h.path, visit{id, h.first[id]})
}

// leave takes the component of a type off the stack and hashes it.
func (h *Hasher) leave(id uint32) {
	i := len(h.stack) - 1
	for h.stack[i] != id {
		i--
	}
	members := h.stack[i:]
	h.stack = h.stack[:i]
	if len(members) == 1 && !slices.Contains(h.of(id), id) {
		h.hash[id] = h.outward(h.of(id), h.hash[id])
	} else {
		h.component(members)
	}
	for _, m := range members {
		h.low[m] = done
	}
}

// outward adds to the hash of a type those of the types that it refers to, but for members of a component that is being
// hashed.
func (h *Hasher) outward(refs []uint32, x uint64) uint64 {
	for _, to := range refs {
		y := uint64(0)
		if to != 0 && h.slot[to] == 0 {
			y = h.hash[to]
		}
		x = h.seed.Mix(x, y)
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
		if k := h.t.Kind(id); k == Struct || k == Union {
			h.circle = append(h.circle, id)
		}
	}
	for _, id := range members {
		h.inner = append(h.inner, h.outward(h.of(id), h.hash[id]))
	}
	for range componentRounds {
		h.next = h.next[:0]
		for i, id := range members {
			x := h.inner[i]
			for _, to := range h.of(id) {
				if s := h.slot[to]; s != 0 { // void is in no component
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
	// Structs and unions have the hash of the whole in theirs. What stands between them, as pointers do, is hashed as
	// outside of a component: there may be an equal one.
	for i, id := range members {
		if k := h.t.Kind(id); k == Struct || k == Union {
			h.hash[id] = mix(h.inner[i], whole)
			h.slot[id] = 0
		}
	}
	for _, id := range members {
		if h.slot[id] != 0 {
			h.settle(id)
		}
	}
}

// settle hashes a member of a component that is no struct or union, after those that it refers to. There are no circles
// without structs and unions.
func (h *Hasher) settle(id uint32) {
	first := len(h.path)
	h.path = append(h.path, visit{id, h.first[id]})
	for len(h.path) > first {
		v := &h.path[len(h.path)-1]
		if v.at < h.first[v.id+1] {
			to := h.refs[v.at]
			v.at++
			if h.slot[to] != 0 {
				h.path = append(h.path, visit{to, h.first[to]})
			}
			continue
		}
		h.hash[v.id] = h.outward(h.of(v.id), h.hash[v.id])
		h.slot[v.id] = 0
		h.path = h.path[:len(h.path)-1]
	}
}
