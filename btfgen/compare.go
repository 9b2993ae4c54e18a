package btfgen

import "fmt"

// comparer compares types of two objects. Pairs that it has met are taken to be equal, which
// ends the recursion in cyclic types and keeps shared members from being compared again.
type comparer struct {
	a, b  *Types
	met   map[[2]uint32]bool
	depth int
}

// maxDepth bounds how deep types are followed; nested deeper they count as different.
const maxDepth = 4096

// again notes a pair and reports whether it was met before.
func (c *comparer) again(x, y uint32, mode uint32) bool {
	key := [2]uint32{x, y<<1 | mode}
	if c.met[key] {
		return true
	}
	c.met[key] = true
	return false
}

// Agree reports whether two probe argument types agree: after typedefs, qualifiers and type tags
// they have the same kind, size and signedness; pointers agree when their targets do, named
// structs by name, a forward declaration with its full type.
func Agree(a *Types, ida uint32, b *Types, idb uint32) bool {
	c := &comparer{a: a, b: b, met: map[[2]uint32]bool{}}
	return c.agree(ida, idb, true)
}

func (c *comparer) agree(x, y uint32, byValue bool) bool {
	x, y = c.a.Strip(x), c.b.Strip(y)
	kx, ky := oneEnum(c.a.tagKind(x)), oneEnum(c.b.tagKind(y))
	if kx != ky {
		return false
	}
	mode := uint32(exact)
	if !byValue {
		mode = viaPoint
	}
	if x == 0 || c.again(x, y, mode) {
		return true
	}
	if c.depth++; c.depth > maxDepth {
		return false
	}
	defer func() { c.depth-- }()
	switch kx {
	case Enum:
		if c.a.Name(x) == c.b.Name(y) && (c.a.Vlen(x) == 0 || c.b.Vlen(y) == 0) && !byValue {
			return true // one is declared only
		}
		return c.a.at(x)[wType] == c.b.at(y)[wType] && (c.a.Signed(x) == c.b.Signed(y) || c.a.Kind(x) != c.b.Kind(y))
	case Int, Float:
		return c.a.at(x)[wType] == c.b.at(y)[wType] && c.a.Signed(x) == c.b.Signed(y)
	case Ptr:
		return c.agree(c.a.Target(x), c.b.Target(y), false)
	case Array:
		return c.a.at(x)[5] == c.b.at(y)[5] && c.agree(c.a.Target(x), c.b.Target(y), byValue)
	case FuncProto:
		return c.agree(c.a.Target(x), c.b.Target(y), true) && c.agreeElements(x, y)
	case Struct, Union:
		if c.a.Name(x) != c.b.Name(y) {
			return false
		}
		if c.a.Kind(x) == Fwd || c.b.Kind(y) == Fwd {
			return true
		}
		sameSize := c.a.at(x)[wType] == c.b.at(y)[wType]
		if c.a.Name(x) != "" {
			return sameSize || !byValue
		}
		return sameSize && c.agreeElements(x, y)
	}
	return false
}

func (c *comparer) agreeElements(x, y uint32) bool {
	if c.a.Vlen(x) != c.b.Vlen(y) {
		return false
	}
	for i := range c.a.Vlen(x) {
		ex, ey := c.a.Element(x, i), c.b.Element(y, i)
		if ex.Offset != ey.Offset || !c.agree(ex.Type, ey.Type, true) {
			return false
		}
	}
	return true
}

// oneEnum takes both kinds of enum for one: clang 14 knows no ENUM64 and cuts the values of an enum of 8 bytes,
// so that its sign cannot be told either.
func oneEnum(k Kind) Kind {
	if k == Enum64 {
		return Enum
	}
	return k
}

// tagKind is Kind, a forward declaration counting as what it declares.
func (t *Types) tagKind(id uint32) Kind {
	k := t.Kind(id)
	if k == Fwd {
		if infoFlag(t.at(id)[wInfo]) {
			return Union
		}
		return Struct
	}
	return k
}

// Completeness counts the parameters of a FUNC_PROTO that do not end in a forward declaration.
func (t *Types) Completeness(proto uint32) (n int) {
	for i := range t.Vlen(proto) {
		id := t.Strip(t.Element(proto, i).Type)
		for range maxDepth {
			if t.Kind(id) != Ptr {
				break
			}
			id = t.Strip(t.Target(id))
		}
		if t.Kind(id) != Fwd {
			n++
		}
	}
	return n
}

// Mismatch is a difference between two types of one symbol.
type Mismatch struct {
	Path string // what differs: "", "member 'a.b'", "parameter 2", "return type"
	A, B string // both sides as C text
}

// Compatible compares the types of a VAR or FUNC of two objects that share a name, as a linker
// may bind them: typedefs, qualifiers and type tags do not count, nor do names of parameters,
// signedness, enumerators and array lengths; below a pointer structs are compared by name. It
// returns nil if they are compatible.
func Compatible(a *Types, ida uint32, b *Types, idb uint32) *Mismatch {
	c := &comparer{a: a, b: b, met: map[[2]uint32]bool{}}
	if a.Kind(ida) != b.Kind(idb) {
		return &Mismatch{A: "a " + a.Kind(ida).String(), B: "a " + b.Kind(idb).String()}
	}
	return c.compatible(a.Target(ida), b.Target(idb), "", 0)
}

// Values of the mode of a comparison.
const (
	exact    = 0
	viaPoint = 1 // below a pointer
)

func (c *comparer) compatible(x, y uint32, path string, mode uint32) *Mismatch {
	fx, fy := x, y
	x, y = c.a.Strip(x), c.b.Strip(y)
	differ := func() *Mismatch {
		m := &Mismatch{Path: path, A: c.a.C(fx), B: c.b.C(fy)}
		if m.A == m.B {
			m.A, m.B = c.a.detail(x), c.b.detail(y)
		}
		return m
	}
	kx, ky := c.a.Kind(x), c.b.Kind(y)
	if mode == viaPoint {
		kx, ky = c.a.tagKind(x), c.b.tagKind(y)
	}
	if kx != ky {
		return differ()
	}
	if x == 0 || c.again(x, y, mode) {
		return nil
	}
	if c.depth++; c.depth > maxDepth {
		return differ()
	}
	defer func() { c.depth-- }()
	switch kx {
	case Int, Float:
		if c.a.at(x)[wType] != c.b.at(y)[wType] {
			return differ()
		}
	case Enum, Enum64:
		if c.a.at(x)[wType] != c.b.at(y)[wType] || c.a.Name(x) != c.b.Name(y) {
			return differ()
		}
	case Fwd:
		if c.a.Name(x) != c.b.Name(y) || c.a.tagKind(x) != c.b.tagKind(y) {
			return differ()
		}
	case Ptr:
		return c.compatible(c.a.Target(x), c.b.Target(y), path, viaPoint)
	case Array:
		return c.compatible(c.a.Target(x), c.b.Target(y), path, mode)
	case FuncProto:
		return c.compatibleProto(x, y, path, mode)
	case Struct, Union:
		if c.a.Name(x) != c.b.Name(y) {
			return differ()
		}
		if mode == exact {
			return c.compatibleMembers(x, y, path)
		}
	}
	return nil
}

func (c *comparer) compatibleProto(x, y uint32, path string, mode uint32) *Mismatch {
	sub := func(s string) string { return joinPath(path, s) }
	if c.a.Vlen(x) != c.b.Vlen(y) {
		return &Mismatch{Path: path, A: count(c.a.Vlen(x), "parameter"), B: count(c.b.Vlen(y), "parameter")}
	}
	for i := range c.a.Vlen(x) {
		if m := c.compatible(c.a.Element(x, i).Type, c.b.Element(y, i).Type, sub(fmt.Sprintf("parameter %d", i+1)), mode); m != nil {
			return m
		}
	}
	return c.compatible(c.a.Target(x), c.b.Target(y), sub("return type"), mode)
}

// compatibleMembers compares two structs member by member, as the first member that differs says more than that their
// sizes do.
func (c *comparer) compatibleMembers(x, y uint32, path string) *Mismatch {
	nx, ny := c.a.Vlen(x), c.b.Vlen(y)
	for i := range min(nx, ny) {
		ex, ey := c.a.Element(x, i), c.b.Element(y, i)
		name := joinPath(path, "member '"+ex.Name[:min(len(ex.Name), maxPath)]+"'")
		if ex.Name != ey.Name {
			return &Mismatch{Path: path, A: fmt.Sprintf("member '%s'", ex.Name), B: fmt.Sprintf("member '%s'", ey.Name)}
		}
		if m := c.compatible(ex.Type, ey.Type, name, exact); m != nil {
			return m
		}
		if ex.Offset != ey.Offset {
			return &Mismatch{Path: name, A: memberPlace(c.a, x, ex), B: memberPlace(c.b, y, ey)}
		}
	}
	if nx != ny {
		return &Mismatch{Path: path, A: c.a.C(x) + " with " + count(nx, "member"), B: c.b.C(y) + " with " + count(ny, "member")}
	}
	if sx, sy := c.a.at(x)[wType], c.b.at(y)[wType]; sx != sy {
		return &Mismatch{Path: path, A: c.a.C(x) + " of " + count(int(sx), "byte"), B: c.b.C(y) + " of " + count(int(sy), "byte")}
	}
	return nil
}

// maxPath bounds the path to what differs, in bytes: it grows with every level, whether or not something differs.
const maxPath = 2048

func joinPath(path, s string) string {
	switch {
	case path == "":
		return s
	case len(path) > maxPath:
		return path
	}
	return path + ", " + s
}

// count says how many there are of something.
func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// memberPlace tells where a member is; with kind_flag the raw word holds a bitfield's width too.
func memberPlace(t *Types, st uint32, e Element) string {
	if infoFlag(t.at(st)[wInfo]) && e.Offset>>24 != 0 {
		return fmt.Sprintf("%d bits at bit %d", e.Offset>>24, e.Offset&0xffffff)
	}
	return fmt.Sprintf("bit %d", e.Offset)
}

// detail describes a type whose C text does not tell it from another.
func (t *Types) detail(id uint32) string {
	if size, ok := t.SizeOf(id); ok {
		return fmt.Sprintf("%s, %s of %s", t.C(id), t.Kind(id), count(int(size), "byte"))
	}
	return fmt.Sprintf("%s, %s", t.C(id), t.Kind(id))
}

// Underlying describes a type by what is behind its typedefs and qualifiers, below pointers too.
func (t *Types) Underlying(id uint32) string {
	stars := ""
	for range maxText {
		id = t.Strip(id)
		if t.Kind(id) != Ptr {
			break
		}
		stars += " *"
		id = t.Target(id)
	}
	if stars != "" {
		return t.C(id) + stars + " (" + t.detail(id) + ")"
	}
	return t.detail(id)
}
