package btfgen

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

const (
	btfMagic      = 0xeb9f
	btfHeaderSize = 24
)

// ParseTypes reads a .BTF section in the given byte order. Afterwards every type id, string
// offset and element count in it is known to be good, and no type contains itself but
// through a struct or union. The result aliases b, which nobody may change as long as it is in use.
func ParseTypes(b []byte, bo binary.ByteOrder) (*Types, error) {
	types, strs, err := splitSection(b, bo)
	if err != nil {
		return nil, err
	}
	if len(strs) == 0 || strs[0] != 0 || strs[len(strs)-1] != 0 {
		return nil, errors.New("the string section must start and end with a NUL byte")
	}
	t := &Types{strs: stringOf(strs), words: wordsOf(types, bo), long: longString(strs)}
	if err := t.findTypes(); err != nil {
		return nil, err
	}
	for id := uint32(1); id < t.Len(); id++ {
		if err := t.check(id); err != nil {
			return nil, fmt.Errorf("type #%d: %w", id, err)
		}
	}
	if id := t.findCycle(); id != 0 {
		return nil, fmt.Errorf("type #%d (%s '%s') contains itself", id, t.Kind(id), t.Name(id))
	}
	for id := uint32(1); id < t.Len(); id++ {
		if !t.near(id) {
			return nil, fmt.Errorf("type #%d (%s '%s') is behind more than %d typedefs, qualifiers and arrays", id, t.Kind(id), t.Name(id), maxChain)
		}
	}
	return t, nil
}

// splitSection checks the header and returns the type and string sections.
func splitSection(b []byte, bo binary.ByteOrder) (types, strs []byte, err error) {
	if len(b) < btfHeaderSize {
		return nil, nil, fmt.Errorf("%d bytes are too few for a header", len(b))
	}
	if m := bo.Uint16(b); m != btfMagic {
		return nil, nil, fmt.Errorf("bad magic %#04x", m)
	}
	if b[2] != 1 {
		return nil, nil, fmt.Errorf("unknown version %d", b[2])
	}
	hdr := uint64(bo.Uint32(b[4:]))
	if hdr < btfHeaderSize || hdr > uint64(len(b)) {
		return nil, nil, fmt.Errorf("header of %d bytes in a section of %d", hdr, len(b))
	}
	part := func(what string, off, size uint32) ([]byte, error) {
		from := hdr + uint64(off)
		if from+uint64(size) > uint64(len(b)) {
			return nil, fmt.Errorf("%s section (%d bytes at %d) is outside .BTF of %d bytes", what, size, from, len(b))
		}
		return b[from : from+uint64(size)], nil
	}
	if types, err = part("type", bo.Uint32(b[8:]), bo.Uint32(b[12:])); err != nil {
		return nil, nil, err
	}
	if strs, err = part("string", bo.Uint32(b[16:]), bo.Uint32(b[20:])); err != nil {
		return nil, nil, err
	}
	if len(types)%4 != 0 {
		return nil, nil, fmt.Errorf("type section of %d bytes is not made of words", len(types))
	}
	return types, strs, nil
}

// findTypes finds where each type starts.
func (t *Types) findTypes() error {
	t.start = make([]uint32, 1, t.count()+2)
	for pos := 0; pos < len(t.words); {
		id := uint32(len(t.start))
		if len(t.words)-pos < wHead {
			return fmt.Errorf("type #%d is truncated", id)
		}
		info := t.words[pos+wInfo]
		k := infoKind(info)
		switch k {
		case Var, Func:
			t.index.Decls = append(t.index.Decls, id)
		case DeclTag:
			if infoVlen(info) != 0 { // then equal tags would not be
				return fmt.Errorf("type #%d, a declaration tag, has %d members", id, infoVlen(info))
			}
			t.index.Tags = append(t.index.Tags, id)
		case Datasec:
			t.index.Datasecs = append(t.index.Datasecs, id)
		case Void:
			return fmt.Errorf("type #%d has unknown kind %d", id, uint32(k))
		default:
			if k >= kindEnd {
				return fmt.Errorf("type #%d has unknown kind %d", id, uint32(k))
			}
		}
		size := typeWords(info)
		if size > uint64(len(t.words)-pos) {
			return fmt.Errorf("type #%d (%s) is truncated", id, k)
		}
		t.start = append(t.start, uint32(pos))
		pos += int(size)
	}
	t.start = append(t.start, uint32(len(t.words)))
	return nil
}

// count returns how many types there seem to be.
func (t *Types) count() (n int) {
	for pos := uint64(0); pos+wInfo < uint64(len(t.words)); n++ {
		info := t.words[pos+wInfo]
		if infoKind(info) >= kindEnd {
			break
		}
		pos += typeWords(info)
	}
	return n
}

// typeWords returns how many words the type takes that has this info word. Its kind must be known.
func typeWords(info uint32) uint64 {
	l := &layouts[infoKind(info)]
	return uint64(wHead+l.extra) + uint64(l.stride)*uint64(infoVlen(info))
}

// check verifies the references of a type.
func (t *Types) check(id uint32) error {
	w := t.at(id)
	kind := infoKind(w[wInfo])
	l := &layouts[kind]
	if !t.nameOK(w[wName]) {
		return t.badName(w[wName])
	}
	if l.headRef && !t.mayRefer(kind, w[wType]) {
		return t.badRef(kind, w[wType])
	}
	if kind == Array {
		for _, to := range w[3:5] {
			if !t.mayRefer(kind, to) {
				return t.badRef(kind, to)
			}
		}
	}
	if l.stride > 0 {
		for p := wHead + l.extra; p < len(w); p += l.stride {
			if l.elemName >= 0 && !t.nameOK(w[p+l.elemName]) {
				return t.badName(w[p+l.elemName])
			}
			if l.elemType >= 0 && !t.mayRefer(kind, w[p+l.elemType]) {
				return t.badRef(kind, w[p+l.elemType])
			}
		}
	}
	return t.checkKind(id, kind, w)
}

// mayRefer reports whether a type of some kind may refer to type id to.
func (t *Types) mayRefer(kind Kind, to uint32) bool {
	if to >= t.Len() {
		return false
	}
	switch t.Kind(to) {
	case Var, Func:
		return kind == Datasec || kind == DeclTag
	case Datasec, DeclTag:
		return false
	}
	return true
}

func (t *Types) badRef(kind Kind, to uint32) error {
	if to >= t.Len() {
		return fmt.Errorf("refers to type #%d of %d", to, t.Len()-1)
	}
	return fmt.Errorf("%s refers to a %s", kind, t.Kind(to))
}

// maxName bounds names, in bytes: each that starts at another byte of a long string is looked at anew. The kernel takes less
// than 512.
const maxName = 4096

// longString reports whether some string of a string section is longer than maxName.
func longString(strs []byte) bool {
	for last := 0; last+maxName < len(strs); {
		n := bytes.LastIndexByte(strs[last+1:last+maxName+1], 0)
		if n < 0 {
			return true
		}
		last += 1 + n
	}
	return false
}

// nameOK reports whether there is a name at a string offset.
func (t *Types) nameOK(off uint32) bool {
	if uint64(off) >= uint64(len(t.strs)) {
		return false
	}
	return !t.long || strings.IndexByte(t.strs[off:min(len(t.strs), int(off)+maxName+1)], 0) >= 0
}

func (t *Types) badName(off uint32) error {
	if uint64(off) < uint64(len(t.strs)) {
		return fmt.Errorf("name of more than %d bytes", maxName)
	}
	return fmt.Errorf("string offset %#x is outside the string section", off)
}

// checkKind verifies what only some kinds have.
func (t *Types) checkKind(id uint32, kind Kind, w []uint32) error {
	switch kind {
	case Func:
		if t.Kind(w[wType]) != FuncProto {
			return fmt.Errorf("function '%s' has no prototype", t.Name(id))
		}
		if infoVlen(w[wInfo]) > Extern {
			return fmt.Errorf("function '%s' has unknown linkage %d", t.Name(id), infoVlen(w[wInfo]))
		}
	case Var:
		if w[wHead] > Extern {
			return fmt.Errorf("variable '%s' has unknown linkage %d", t.Name(id), w[wHead])
		}
	case Datasec:
		for p := wHead; p < len(w); p += 3 {
			if k := t.Kind(w[p]); k != Var && k != Func {
				return fmt.Errorf("section '%s' lists a %s", t.Name(id), k)
			}
		}
	}
	return nil
}

// findCycle returns a type that contains itself other than through a struct or union, or 0.
func (t *Types) findCycle() uint32 {
	const (
		fresh, open, done = 0, 1, 2
	)
	state := make([]uint8, t.Len())
	type frame struct {
		id         uint32
		first, cur int // in refs, of this frame; those of the last frame end with refs
	}
	var stack []frame
	var refs []uint32
	push := func(id uint32) {
		state[id] = open
		stack = append(stack, frame{id, len(refs), len(refs)})
		if k := t.Kind(id); k != Struct && k != Union && k != Datasec {
			refs = t.refs(id, refs)
		}
	}
	for root := uint32(1); root < t.Len(); root++ {
		if state[root] != fresh || !t.refersUp(root) {
			continue
		}
		push(root)
		for len(stack) > 0 {
			f := &stack[len(stack)-1]
			if f.cur == len(refs) {
				state[f.id] = done
				refs = refs[:f.first]
				stack = stack[:len(stack)-1]
				continue
			}
			to := refs[f.cur]
			f.cur++
			switch {
			case to == 0:
			case state[to] == open:
				return to
			case state[to] == fresh:
				push(to)
			}
		}
	}
	return 0
}

// refersUp reports whether a type refers to itself or to one of a higher id. Every cycle has a type that does.
func (t *Types) refersUp(id uint32) bool {
	w := t.at(id)
	k := infoKind(w[wInfo])
	switch {
	case k == Struct || k == Union || k == Datasec:
		return false
	case layouts[k].headRef && w[wType] >= id:
		return true
	case k == Array:
		return w[3] >= id || w[4] >= id
	case k == FuncProto:
		for p := wHead; p < len(w); p += 2 {
			if w[p+1] >= id {
				return true
			}
		}
	}
	return false
}

// maxChain bounds the typedefs, qualifiers, type tags and arrays in a row: who looks behind them does so for each mention. The
// kernel takes less than 32.
const maxChain = 128

// near reports whether no more than maxChain stand before the type behind them.
func (t *Types) near(id uint32) bool {
	for range maxChain + 1 {
		switch k := t.Kind(id); k {
		case Typedef, Const, Volatile, Restrict, TypeTag, Array:
			id = t.Target(id)
		default:
			return true
		}
	}
	return false
}

func (t *Types) refs(id uint32, into []uint32) []uint32 {
	w := t.at(id)
	k := infoKind(w[wInfo])
	switch l := &layouts[k]; {
	case k == Array:
		into = append(into, w[3], w[4])
	case k == FuncProto:
		into = append(into, w[wType])
		for p := wHead + 1; p < len(w); p += 2 {
			into = append(into, w[p])
		}
	case l.headRef:
		into = append(into, w[wType])
	case l.elemType >= 0 && l.stride == 3: // struct, union, DATASEC
		for p := wHead + l.elemType; p < len(w); p += 3 {
			into = append(into, w[p])
		}
	}
	return into
}
