package notes

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/bpfsdt/bpf-sdt-link/btfgen"
	"github.com/bpfsdt/bpf-sdt-link/diag"
)

// Decl is the declaration of a probe in the BTF of an object: the tag "bpf_sdt:<name>:<nargs>" on
// a static VAR whose type leads by CONST and PTR to the prototype. All fields but Name and NArgs
// are BTF type ids.
type Decl struct {
	Name  string
	NArgs int
	Tag   uint32
	Var   uint32
	Proto uint32 // 0 if the declaration is faulty
}

// maxArgSize is the width of a register, in bytes.
const maxArgSize = 8

// decls finds the declarations of an object and checks each.
func (s *Scan) decls() {
	t := s.file.Types
	if t == nil {
		return
	}
	for _, id := range s.file.Index.Tags {
		if !strings.HasPrefix(t.Name(id), TagPrefix) {
			continue
		}
		d := Decl{Tag: id, Var: t.Target(id)}
		name, count, ok := strings.Cut(t.Name(id)[len(TagPrefix):], ":")
		n, err := strconv.Atoi(count)
		at := diag.Place{Object: s.file.Obj.Name, Section: ".BTF", Symbol: t.Name(d.Var)}
		if !ok || err != nil || name == "" || n < 0 || strconv.Itoa(n) != count { // neither "+1" nor "01"
			s.faultf("probe-decl", at, "declaration tag '%s' is not of the form '%s<name>:<nargs>'", t.Name(id), TagPrefix)
			continue
		}
		d.Name, d.NArgs = name, n
		s.tagged[d.Var] = true
		d.Proto = s.prototype(&d, at)
		if prior := s.Decl(name); prior != nil {
			if prior.Proto != 0 && d.Proto != 0 && !agree(t, prior.Proto, t, d.Proto) { // 0: it is faulty, and said so
				s.Faults = append(s.Faults, Conflict(s.file, prior, at, s.file, &d, at))
			}
			continue
		}
		s.byName[name] = len(s.Decls)
		s.Decls = append(s.Decls, d)
	}
}

// prototype follows a declaration to its FUNC_PROTO and returns 0 if it does not lead there.
func (s *Scan) prototype(d *Decl, at diag.Place) uint32 {
	t := s.file.Types
	bad := func(format string, args ...any) uint32 {
		s.faultf("probe-decl", at, "declaration of probe '"+d.Name+"' "+format, args...)
		return 0
	}
	if t.Kind(d.Var) != btfgen.Var || t.Name(d.Var) != TypePrefix+d.Name {
		return bad("is on a %s '%s', not on the variable '%s%s'", t.Kind(d.Var), t.Name(d.Var), TypePrefix, d.Name)
	}
	if t.Component(d.Tag) != -1 {
		return bad("is on component %d of its variable", t.Component(d.Tag))
	}
	if t.Linkage(d.Var) != btfgen.Static {
		return bad("is not static")
	}
	ptr := t.Strip(t.Target(d.Var))
	proto := t.Strip(t.Target(ptr))
	if t.Kind(ptr) != btfgen.Ptr || t.Kind(proto) != btfgen.FuncProto {
		return bad("does not lead to a function prototype but to '%s'", t.C(t.Target(d.Var)))
	}
	if n := t.Vlen(proto); n != d.NArgs {
		s.faultf("probe-nargs", at, "probe '%s' is declared with %d arguments by its tag and %d by its prototype %s", d.Name, d.NArgs, n, t.Signature(proto))
		return 0
	}
	if d.NArgs > MaxArgs {
		return bad("has %d arguments; %d are the most", d.NArgs, MaxArgs)
	}
	for i := range d.NArgs {
		typ := t.Element(proto, i).Type
		if size, ok := t.SizeOf(typ); !ok || size == 0 || size > maxArgSize {
			s.faultf("probe-type", at, "argument %d of probe '%s' has type '%s' of %s; an argument takes 1 to %d bytes", i+1, d.Name, t.C(typ), sizeText(size, ok), maxArgSize)
			return 0
		}
	}
	return proto
}

func sizeText(size uint64, known bool) string {
	if !known {
		return "no known size"
	}
	return strconv.FormatUint(size, 10) + " bytes"
}

func agree(a *btfgen.Types, protoA uint32, b *btfgen.Types, protoB uint32) bool {
	if a.Vlen(protoA) != b.Vlen(protoB) {
		return false
	}
	for i := range a.Vlen(protoA) {
		if !btfgen.Agree(a, a.Element(protoA, i).Type, b, b.Element(protoB, i).Type) {
			return false
		}
	}
	return true
}

// SameArguments reports whether a function takes what a probe hands on, by their prototypes.
func SameArguments(a *btfgen.Types, probe uint32, b *btfgen.Types, function uint32) bool {
	return agree(a, probe, b, function)
}

// Agree reports whether the declarations of two objects say the same of a probe.
func Agree(a *File, da *Decl, b *File, db *Decl) bool {
	return da.NArgs == db.NArgs && agree(a.Types, da.Proto, b.Types, db.Proto)
}

// Conflict is the fault of two declarations that do not agree. b, whose place is at, came second.
func Conflict(a *File, da *Decl, atA diag.Place, b *File, db *Decl, at diag.Place) diag.Diagnostic {
	textA, textB := a.Types.Signature(da.Proto), b.Types.Signature(db.Proto)
	if textA == textB { // what differs is behind a typedef or in a struct
		for i := range da.NArgs {
			x, y := a.Types.Element(da.Proto, i).Type, b.Types.Element(db.Proto, i).Type
			if !btfgen.Agree(a.Types, x, b.Types, y) {
				textA += fmt.Sprintf(", argument %d is %s", i+1, a.Types.Underlying(x))
				textB += fmt.Sprintf(", argument %d is %s", i+1, b.Types.Underlying(y))
				break
			}
		}
	}
	return diag.Errorf("probe-conflict", at, "probe '%s' is declared with different types", db.Name).
		With(atA, "declared as %s", textA).
		With(at, "declared as %s", textB)
}

// args describes the argument types of a declaration.
func (s *Scan) args(d *Decl) []Arg { return Parameters(s.file.Types, d.Proto) }
