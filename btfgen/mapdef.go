package btfgen

import "fmt"

// A BTF-defined map is a variable in .maps whose struct type is a list of attributes. The struct
// is never laid out in memory: a number N is the length of the array that a member points to, or the value
// of an enumerator; a type is what a member points to; "values" is an array of pointers to inner maps or
// programs. See the macros __uint, __type, __ulong and __array of libbpf's bpf_helpers.h.

// attribute is one member of a map's definition.
type attribute struct {
	name   string
	number uint64
	typ    uint32 // what "key" and "value" point to
	inner  uint32 // what "values" points to
}

// The attributes whose absence means the size of a type given, not 0.
var sizeOf = map[string]string{"key": "key_size", "value": "value_size"}

// attributes reads the definition of a map; ok is false if it is none.
func (t *Types) attributes(def uint32) (list []attribute, ok bool) {
	def = t.Strip(def)
	if t.Kind(def) != Struct {
		return nil, false
	}
	set := func(a attribute) {
		for i := range list {
			if list[i].name == a.name {
				list[i] = a
				return
			}
		}
		list = append(list, a)
	}
	if t.Vlen(def) > maxAttributes {
		return nil, false
	}
	for i := range t.Vlen(def) {
		m := t.Element(def, i)
		typ := t.Strip(m.Type)
		switch to := t.Strip(t.Target(typ)); {
		case t.Kind(typ) == Ptr && (m.Name == "key" || m.Name == "value"):
			set(attribute{name: m.Name, typ: t.Target(typ)})
			if size, ok := t.SizeOf(t.Target(typ)); ok {
				set(attribute{name: sizeOf[m.Name], number: size})
			}
		case t.Kind(typ) == Ptr && t.Kind(to) == Array:
			set(attribute{name: m.Name, number: uint64(t.at(to)[5])})
		case t.Kind(typ) == Array && t.Kind(to) == Ptr:
			set(attribute{name: m.Name, inner: t.Target(to)})
		case t.Kind(typ) == Enum && t.Vlen(typ) == 1:
			set(attribute{name: m.Name, number: uint64(t.at(typ)[wHead+1])})
		case t.Kind(typ) == Enum64 && t.Vlen(typ) == 1:
			w := t.at(typ)
			set(attribute{name: m.Name, number: uint64(w[wHead+1]) | uint64(w[wHead+2])<<32})
		default:
			return nil, false
		}
	}
	return list, true
}

// maxAttributes is far more than any map has.
const maxAttributes = 64

// CompatibleMaps compares the definitions of a map that two objects share, VARs of .maps: every attribute
// must agree, in any order, one that is left out counting as 0. Key and value types are compared like
// those of variables, inner maps like maps. It returns nil if the definitions are compatible.
func CompatibleMaps(a *Types, ida uint32, b *Types, idb uint32) *Mismatch {
	c := &comparer{a: a, b: b, met: map[[2]uint32]bool{}}
	return c.maps(a.Target(ida), b.Target(idb), "")
}

func (c *comparer) maps(x, y uint32, path string) *Mismatch {
	listA, okA := c.a.attributes(x)
	listB, okB := c.b.attributes(y)
	if !okA || !okB {
		return c.compatible(x, y, path, exact)
	}
	if c.again(x, y, exact) {
		return nil
	}
	find := func(list []attribute, name string) attribute {
		for _, a := range list {
			if a.name == name {
				return a
			}
		}
		return attribute{name: name}
	}
	for _, a := range listA {
		if m := c.attribute(a, find(listB, a.name), path); m != nil {
			return m
		}
	}
	for _, b := range listB {
		if m := c.attribute(find(listA, b.name), b, path); m != nil {
			return m
		}
	}
	return nil
}

func (c *comparer) attribute(a, b attribute, path string) *Mismatch {
	what := path + "map attribute '" + a.name + "'"
	has := func(there bool) string {
		if there {
			return "present"
		}
		return "absent"
	}
	switch {
	case a.number != b.number:
		return &Mismatch{Path: what, A: fmt.Sprint(a.number), B: fmt.Sprint(b.number)}
	case (a.typ != 0) != (b.typ != 0):
		return &Mismatch{Path: what, A: has(a.typ != 0), B: has(b.typ != 0)}
	case (a.inner != 0) != (b.inner != 0):
		return &Mismatch{Path: what, A: has(a.inner != 0), B: has(b.inner != 0)}
	case a.typ != 0:
		return c.compatible(a.typ, b.typ, what, exact)
	case a.inner != 0:
		return c.maps(a.inner, b.inner, path+"inner ")
	}
	return nil
}
