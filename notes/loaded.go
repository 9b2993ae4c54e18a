package notes

import (
	"strings"

	"github.com/bpfsdt/bpf-sdt-link/btfgen"
)

// LoadedTags is what the BTF of a program in a kernel tells of probes. There is nothing else of the object: loaders drop
// notes, and what they keep of BTF differs. libbpf hands over all of an object's BTF, cilium/ebpf what the functions of the
// program refer to, and so no declarations.
type LoadedTags struct {
	Args  map[string][]Arg // by probe: types of its declaration
	Stubs map[uint32]string
	Sites map[uint32][]LoadedSite
}

// LoadedSite is the tag of a lowered site on the FUNC that LoadedTags.Sites gives it by.
type LoadedSite struct {
	Probe string
	Insn  uint64 // of the call in the object, in instructions from the start of the function
}

// ReadLoaded reads the tags of a program's BTF. Tags that are not formed as they should be are passed over.
func ReadLoaded(t *btfgen.Types) LoadedTags {
	l := LoadedTags{Args: map[string][]Arg{}, Stubs: map[uint32]string{}, Sites: map[uint32][]LoadedSite{}}
	for _, id := range t.Index().Tags {
		text, on := t.Name(id), t.Target(id)
		switch kind := t.Kind(on); {
		case kind == btfgen.Func && strings.HasPrefix(text, StubTag):
			l.Stubs[on] = text[len(StubTag):]
		case kind == btfgen.Func && strings.HasPrefix(text, SiteTag):
			if probe, insn, ok := ParseSiteTag(text); ok {
				l.Sites[on] = append(l.Sites[on], LoadedSite{probe, insn})
			}
		case kind == btfgen.Var && strings.HasPrefix(text, TagPrefix):
			name, _, _ := strings.Cut(text[len(TagPrefix):], ":")
			proto := t.Strip(t.Target(t.Strip(t.Target(on))))
			if t.Name(on) == TypePrefix+name && t.Kind(proto) == btfgen.FuncProto {
				l.Args[name] = Parameters(t, proto)
			}
		}
	}
	return l
}

// Parameters describes the parameters of a FUNC_PROTO.
func Parameters(t *btfgen.Types, proto uint32) []Arg {
	args := make([]Arg, 0, t.Vlen(proto))
	for i := range t.Vlen(proto) {
		typ := t.Element(proto, i).Type
		size, _ := t.SizeOf(typ)
		args = append(args, Arg{Type: t.C(typ), TypeID: typ, Size: uint32(size), Signed: t.Signed(typ)})
	}
	return args
}
