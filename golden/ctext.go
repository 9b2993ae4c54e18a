package golden

import (
	"fmt"
	"strconv"
	"strings"
)

// maxDepth bounds how many unnamed types are printed within one another.
const maxDepth = 64

// arrayIndex is what clang calls the type of an array's index; any other shows.
const arrayIndex = "__ARRAY_SIZE_TYPE__"

// typeText is the C text of a type without a declarator.
func (b *btf) typeText(id uint32) string { return b.declare(id, "", 0) }

// spend accounts for text made of types; past the limit all further text is cut to "...", and Dump fails.
func (b *btf) spend(s string) string {
	b.spent += len(s) + 16
	if b.spent > maxText {
		return "..."
	}
	return s
}

// declare is the C declaration of inner, which is a name with what stands around it or "", as of type id.
func (b *btf) declare(id uint32, inner string, depth int) string {
	if depth > maxDepth || b.spent > maxText {
		b.spent = maxText + 1
		return "..."
	}
	t := &b.types[id]
	base := func(s string) string {
		if inner == "" {
			return b.spend(s)
		}
		return b.spend(s + " " + inner)
	}
	switch t.kind {
	case kindVoid:
		return base("void")
	case kindPtr:
		inner = "*" + inner
		switch b.types[t.ref].kind {
		case kindArray, kindFuncProto:
			inner = "(" + inner + ")"
		}
		return b.declare(t.ref, inner, depth+1)
	case kindVolatile, kindConst, kindRestrict, kindTypeTag:
		return b.qualify(t, inner, depth)
	case kindArray:
		n := strconv.FormatUint(uint64(t.extra), 10)
		if x := &b.types[t.index]; x.kind != kindInt || x.name != arrayIndex {
			n += " by " + b.declare(t.index, "", depth+1)
		}
		return b.declare(t.ref, b.spend(inner+"["+n+"]"), depth+1)
	case kindFuncProto:
		return b.declare(t.ref, b.spend(inner+b.params(t, depth)), depth+1)
	case kindStruct, kindUnion, kindEnum, kindEnum64:
		if t.name == "" {
			return base(b.head(t) + " { " + strings.Join(b.body(t, depth), " ") + " }")
		}
		return base(b.head(t) + " " + t.name + b.suffix(id))
	case kindFwd:
		return base(b.head(t) + " " + t.name + " /* forward */")
	case kindInt, kindFloat, kindTypedef:
		return base(t.name + b.suffix(id))
	}
	// A variable, function, section or tag is no type; the kernel refuses BTF that uses one as such.
	return base(fmt.Sprintf("/* FAULT: kind %d */ %s", t.kind, t.name))
}

func (b *btf) qualify(t *btfType, inner string, depth int) string {
	word := map[uint32]string{kindVolatile: "volatile", kindConst: "const", kindRestrict: "restrict"}[t.kind]
	if t.kind == kindTypeTag {
		word = fmt.Sprintf("type_tag(%q)", t.name)
		if t.flag {
			word = fmt.Sprintf("attribute(%q)", t.name)
		}
	}
	// What qualifies a pointer stands behind its star, any other qualifier in front.
	for id := t.ref; ; id = b.types[id].ref {
		switch b.types[id].kind {
		case kindVolatile, kindConst, kindRestrict, kindTypeTag:
			if depth++; depth > maxDepth {
				return b.declare(id, inner, depth)
			}
			continue
		case kindPtr:
			if inner != "" && inner[0] != '*' && inner[0] != ')' {
				word += " "
			}
			return b.declare(t.ref, b.spend(word+inner), depth+1)
		}
		return b.spend(word + " " + b.declare(t.ref, inner, depth+1))
	}
}

func (b *btf) params(t *btfType, depth int) string {
	var ps []string
	for i := range t.members {
		m := &t.members[i]
		if i == len(t.members)-1 && i > 0 && m.ref == 0 && m.name == "" {
			ps = append(ps, "...")
			continue
		}
		ps = append(ps, b.declare(m.ref, m.name, depth+1))
	}
	if len(ps) == 0 {
		return "(void)"
	}
	return "(" + strings.Join(ps, ", ") + ")"
}

// head is the keyword of a compound type.
func (b *btf) head(t *btfType) string {
	switch t.kind {
	case kindUnion:
		return "union"
	case kindFwd:
		if t.flag {
			return "union"
		}
	case kindEnum, kindEnum64:
		return "enum"
	}
	return "struct"
}

// body is the members or enumerators of a compound type, a string each, its size last.
func (b *btf) body(t *btfType, depth int) []string {
	var lines []string
	for i := range t.members {
		m := &t.members[i]
		switch t.kind {
		case kindEnum, kindEnum64:
			v := strconv.FormatUint(m.value, 10)
			if t.flag {
				v = strconv.FormatInt(int64(m.value), 10)
			} else if t.kind == kindEnum {
				v = strconv.FormatUint(uint64(uint32(m.value)), 10)
			}
			lines = append(lines, m.name+" = "+v+",")
		default:
			bits, width := m.off, uint32(0)
			if t.flag {
				bits, width = m.off&0xffffff, m.off>>24
			}
			text := b.declare(m.ref, m.name, depth+1)
			if width > 0 {
				text += fmt.Sprintf(" : %d", width)
			}
			text += fmt.Sprintf("; @%d", bits/8)
			if bits%8 != 0 {
				text += fmt.Sprintf(".%d", bits%8)
			}
			lines = append(lines, text)
		}
	}
	size := fmt.Sprintf("/* %d bytes", t.size)
	switch {
	case t.kind == kindEnum64:
		size += ", enum64"
	case t.flag && t.kind != kindEnum:
		size += ", bitfields"
	}
	if t.flag && (t.kind == kindEnum || t.kind == kindEnum64) {
		size += ", signed"
	}
	return append(lines, size+" */")
}

// suffix tells a named type from others of the same name.
func (b *btf) suffix(id uint32) string {
	return b.label[b.class[id]]
}

// define is the definition of a named type, function or variable, in one or more lines.
func (b *btf) define(id uint32) string {
	t := &b.types[id]
	switch t.kind {
	case kindInt:
		return t.name + b.suffix(id) + b.intEncoding(t)
	case kindFloat:
		return fmt.Sprintf("%s%s: %d bytes", t.name, b.suffix(id), t.size)
	case kindTypedef:
		return "typedef " + b.declare(t.ref, t.name+b.suffix(id), 0)
	case kindFwd:
		return b.head(t) + " " + t.name + "; /* forward */"
	case kindStruct, kindUnion, kindEnum, kindEnum64:
		lines := b.body(t, 0)
		return fmt.Sprintf("%s %s%s {\n    %s\n  }", b.head(t), t.name, b.suffix(id), strings.Join(lines, "\n    "))
	case kindFunc, kindVar:
		return linkage(t.extra) + " " + b.declare(t.ref, t.name+b.suffix(id), 0)
	}
	return b.declare(id, "", 0)
}

// intEncoding describes the second word of an INT: encoding, offset and width in bits.
func (b *btf) intEncoding(t *btfType) string {
	s := fmt.Sprintf(": %d bytes", t.size)
	for i, name := range []string{"signed", "char", "bool"} {
		if t.extra>>24&(1<<i) != 0 {
			s += " " + name
		}
	}
	if x := t.extra >> 27; x != 0 {
		s += fmt.Sprintf(" encoding %#x", x<<3)
	}
	off, bits := t.extra>>16&0xff, t.extra&0xffff
	if off != 0 || uint64(bits) != uint64(t.size)*8 {
		s += fmt.Sprintf(", %d bits at %d", bits, off)
	}
	return s
}

func linkage(l uint32) string {
	switch l {
	case 0:
		return "static"
	case 1:
		return "global"
	case 2:
		return "extern"
	}
	return fmt.Sprintf("linkage%d", l)
}
