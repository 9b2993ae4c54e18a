package rfcread

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
)

// BTF kinds, of include/uapi/linux/btf.h.
const (
	kindInt       = 1
	kindPtr       = 2
	kindArray     = 3
	kindStruct    = 4
	kindUnion     = 5
	kindEnum      = 6
	kindFwd       = 7
	kindVolatile  = 9
	kindConst     = 10
	kindFuncProto = 13
	kindVar       = 14
	kindDatasec   = 15
	kindDeclTag   = 17
	kindEnum64    = 19
)

// declaration is what a tag bpf_sdt:<name>:<nargs> leads to.
type declaration struct {
	nargs int
	types []string
}

type btfType struct {
	kind  uint32
	vlen  uint32
	name  string
	ref   uint32 // size or type id
	after []byte // what follows the 12 bytes that all kinds have
}

// reader holds the types of .BTF and collects the rules that they break.
type reader struct {
	bo    binary.ByteOrder
	types []btfType // by type id; 0 is void
	bad   []string
}

func (r *reader) violate(format string, args ...any) {
	r.bad = append(r.bad, fmt.Sprintf(format, args...))
}

// trailing is the number of bytes after the first 12 of a type.
func trailing(kind, vlen uint32) uint64 {
	switch kind {
	case kindInt, kindVar, kindDeclTag:
		return 4
	case kindArray:
		return 12
	case kindStruct, kindUnion, kindDatasec, kindEnum64:
		return 12 * uint64(vlen)
	case kindEnum, kindFuncProto:
		return 8 * uint64(vlen)
	}
	return 0
}

// declarations reads the declarations of probes from the contents of .BTF, by probe name.
func (r *reader) declarations(d []byte) (map[string][]declaration, error) {
	if len(d) < 24 || r.bo.Uint16(d) != 0xeb9f {
		r.violate("bad BTF magic")
		return nil, nil
	}
	hdr := uint64(r.bo.Uint32(d[4:]))
	types, err := slice(d, hdr+uint64(r.bo.Uint32(d[8:])), uint64(r.bo.Uint32(d[12:])))
	if err != nil {
		return nil, fmt.Errorf(".BTF types: %w", err)
	}
	strs, err := slice(d, hdr+uint64(r.bo.Uint32(d[16:])), uint64(r.bo.Uint32(d[20:])))
	if err != nil {
		return nil, fmt.Errorf(".BTF strings: %w", err)
	}
	r.types = []btfType{{}}
	for len(types) > 0 {
		if len(types) < 12 {
			r.violate("BTF types do not fill their section")
			break
		}
		info := r.bo.Uint32(types[4:])
		t := btfType{kind: info >> 24 & 31, vlen: info & 0xffff, ref: r.bo.Uint32(types[8:])}
		if t.name, err = cstr(strs, r.bo.Uint32(types)); err != nil {
			return nil, fmt.Errorf("name of BTF type %d: %w", len(r.types), err)
		}
		if t.after, err = slice(types, 12, trailing(t.kind, t.vlen)); err != nil {
			return nil, fmt.Errorf("BTF type %d: %w", len(r.types), err)
		}
		types = types[12+len(t.after):]
		r.types = append(r.types, t)
	}
	byName := map[string][]declaration{}
	for _, t := range r.types {
		if t.kind == kindDeclTag && strings.HasPrefix(t.name, "bpf_sdt:") {
			if name, decl, ok := r.declaration(t); ok {
				byName[name] = append(byName[name], decl)
			}
		}
	}
	return byName, nil
}

// declaration follows DECL_TAG -> VAR -> CONST -> PTR -> FUNC_PROTO.
func (r *reader) declaration(tag btfType) (string, declaration, bool) {
	parts := strings.Split(tag.name, ":")
	if len(parts) != 3 {
		r.violate("decl tag %q is not bpf_sdt:<name>:<nargs>", tag.name)
		return "", declaration{}, false
	}
	name := parts[1]
	nargs, err := strconv.Atoi(parts[2])
	if err != nil {
		r.violate("%s: decl tag %q has no count", name, tag.name)
		return "", declaration{}, false
	}
	proto := tag.ref
	for range r.types { // a chain cannot be longer than there are types
		switch r.kind(proto) {
		case kindVar, kindConst, kindPtr, kindVolatile:
			proto = r.types[proto].ref
			continue
		}
		break
	}
	if r.kind(proto) != kindFuncProto {
		r.violate("%s: declaration does not reach a FUNC_PROTO", name)
		return "", declaration{}, false
	}
	if component := int32(r.bo.Uint32(tag.after)); component != -1 {
		r.violate("%s: decl tag on component %d", name, component)
	}
	decl := declaration{nargs: nargs, types: []string{}}
	for params := r.types[proto].after; len(params) >= 8; params = params[8:] {
		decl.types = append(decl.types, r.typeName(r.bo.Uint32(params[4:]), 0))
	}
	return name, decl, true
}

// kind returns the kind of a type id, 0 for void and for an id that there is not.
func (r *reader) kind(id uint32) uint32 {
	if uint64(id) >= uint64(len(r.types)) {
		return 0
	}
	return r.types[id].kind
}

// typeName is a type in words, precise enough to tell the arguments of a probe apart.
func (r *reader) typeName(id uint32, depth int) string {
	switch {
	case id == 0:
		return "void"
	case uint64(id) >= uint64(len(r.types)) || depth > 64:
		return "?"
	}
	t := &r.types[id]
	switch t.kind {
	case kindPtr:
		return r.typeName(t.ref, depth+1) + " *"
	case kindStruct, kindFwd:
		return "struct " + t.name
	case kindUnion:
		return "union " + t.name
	case kindEnum, kindEnum64:
		return "enum " + t.name
	case kindConst:
		return "const " + r.typeName(t.ref, depth+1)
	case kindVolatile:
		return "volatile " + r.typeName(t.ref, depth+1)
	}
	if t.name == "" {
		return "kind" + strconv.Itoa(int(t.kind))
	}
	return t.name
}
