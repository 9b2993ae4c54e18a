package btfgen

import (
	"fmt"
	"strings"
)

// maxText bounds how many types are written out in one declaration: longer ones are for no
// reader, and prototypes nested in each other's parameters can double at every level.
const maxText = 256

// writer writes one declaration.
type writer struct {
	*Types
	left int // types that may still be written
}

// C returns a type as C text, such as "const struct foo *" or "int (*)(void *)".
func (t *Types) C(id uint32) string { return t.Declare(id, "") }

// Declare returns the C declaration of name with a type; without a name, the type alone.
func (t *Types) Declare(id uint32, name string) string {
	spec, decl := (&writer{t, maxText}).declarator(id, name)
	if decl == "" {
		return spec
	}
	return spec + " " + decl
}

// declarator splits a declaration into its specifier ("const char") and declarator ("*name[4]").
func (t *writer) declarator(id uint32, decl string) (string, string) {
	if t.left--; t.left < 0 {
		return "...", decl
	}
	switch k := t.Kind(id); k {
	case Void:
		return "void", decl
	case Ptr:
		to := t.Target(id)
		if k := t.Kind(t.skipQualifiers(to)); k == Array || k == FuncProto {
			decl = "(*" + decl + ")"
		} else {
			decl = "*" + decl
		}
		return t.declarator(to, decl)
	case Array:
		return t.declarator(t.Target(id), fmt.Sprintf("%s[%d]", decl, t.at(id)[5]))
	case FuncProto:
		return t.declarator(t.Target(id), decl+"("+t.params(id)+")")
	case Const, Volatile, Restrict:
		word := map[Kind]string{Const: "const", Volatile: "volatile", Restrict: "restrict"}[k]
		to := t.Target(id)
		if t.Kind(t.skipQualifiers(to)) == Ptr { // the qualifier belongs to the right of the star
			if decl != "" && decl[0] != '[' {
				word += " "
			}
			return t.declarator(to, word+decl)
		}
		spec, decl := t.declarator(to, decl)
		return word + " " + spec, decl
	case TypeTag:
		return t.declarator(t.Target(id), decl)
	case Func, Var:
		return t.declarator(t.Target(id), t.Name(id))
	}
	return t.tagged(id), decl
}

// skipQualifiers follows const, volatile, restrict and type tags, but no typedefs.
func (t *Types) skipQualifiers(id uint32) uint32 {
	for {
		switch t.Kind(id) {
		case Const, Volatile, Restrict, TypeTag:
			id = t.Target(id)
		default:
			return id
		}
	}
}

func (t *writer) params(proto uint32) string {
	n := t.Vlen(proto)
	if n == 0 {
		return "void"
	}
	var ps []string
	for i := range n {
		if t.left < 0 {
			ps = append(ps, "...")
			break
		}
		p := t.Element(proto, i)
		if p.Type == 0 { // the last one of a variadic function
			t.left--
			ps = append(ps, "...")
			continue
		}
		spec, decl := t.declarator(p.Type, p.Name)
		ps = append(ps, strings.TrimSuffix(spec+" "+decl, " "))
	}
	return strings.Join(ps, ", ")
}

// tagged names a type that is no declarator.
func (t *Types) tagged(id uint32) string {
	name, word := t.Name(id), ""
	switch t.Kind(id) {
	case Struct:
		word = "struct"
	case Union:
		word = "union"
	case Enum, Enum64:
		word = "enum"
	case Fwd:
		word = "struct"
		if infoFlag(t.at(id)[wInfo]) {
			word = "union"
		}
	default:
		return name
	}
	if name == "" {
		return word + " {...}"
	}
	return word + " " + name
}

// Signature returns the parameter types of a FUNC_PROTO: "(int, struct xdp_md *)".
func (t *Types) Signature(proto uint32) string {
	var ps []string
	for i := range t.Vlen(proto) {
		if i == maxText {
			ps = append(ps, "...")
			break
		}
		ps = append(ps, t.C(t.Element(proto, i).Type))
	}
	return "(" + strings.Join(ps, ", ") + ")"
}
