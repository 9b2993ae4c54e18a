package notes

import (
	"slices"
	"strconv"
	"strings"

	"github.com/bpfsdt/bpf-sdt-link/btfgen"
	"github.com/bpfsdt/bpf-sdt-link/code"
	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/object"
	"github.com/bpfsdt/bpf-sdt-link/reloc"
)

// A site that a linker has made a call leaves no note. What it was is in declaration tags on the FUNCs.

// StubTag starts the tag on the FUNC of a probe's stub: the function that its sites call and an observer attaches to. The
// probe's name follows.
const StubTag = "bpf_sdt_stub:"

// SiteTag starts the tag on the FUNC of a function that holds a lowered site: "bpf_sdt_site:<probe>:<insn>", where insn
// is the index of the call, in instructions of 8 bytes from the start of the function.
const SiteTag = "bpf_sdt_site:"

// FlagPrefix starts the name of the variable that says whether a probe is observed, for BPF_SDT_ENABLED.
const FlagPrefix = "bpf_sdt_enabled_"

// SiteTagText is the tag of a lowered site.
func SiteTagText(probe string, insn uint64) string {
	return SiteTag + probe + ":" + strconv.FormatUint(insn, 10)
}

// ParseSiteTag reads the tag of a lowered site.
func ParseSiteTag(tag string) (probe string, insn uint64, ok bool) {
	rest, ok := strings.CutPrefix(tag, SiteTag)
	i := strings.LastIndexByte(rest, ':')
	if !ok || i <= 0 {
		return "", 0, false
	}
	insn, err := strconv.ParseUint(rest[i+1:], 10, 32)
	return rest[:i], insn, err == nil && strconv.FormatUint(insn, 10) == rest[i+1:]
}

// StubFunc is the stub of a probe.
type StubFunc struct {
	Probe   string
	Name    string // of the FUNC
	Func    uint32 // BTF type id
	Section int    // ELF index
	Offset  uint64 // in bytes
}

// funcPlaces returns the functions that func_info gives for each FUNC: section and offset.
func (f *File) funcPlaces() map[uint32]funcPlace {
	places := map[uint32]funcPlace{}
	var byName map[string]int
	for _, s := range f.Ext.Records(btfgen.FuncInfo) {
		si := s.Section
		if si == 0 {
			if byName == nil {
				byName = map[string]int{}
				for i := len(f.Obj.Sections) - 1; i > 0; i-- {
					byName[f.Obj.Sections[i].Name] = i
				}
			}
			si = byName[s.Name]
		}
		if si == 0 || !f.Obj.Sections[si].Exec() {
			continue
		}
		for k := range s.Len() {
			r := s.FuncInfo(k)
			if _, ok := places[r.Type]; !ok {
				places[r.Type] = funcPlace{si, uint64(r.Offset)}
			}
		}
	}
	return places
}

type funcPlace struct {
	section int
	off     uint64
}

// eachFuncTag calls fn for each DECL_TAG on a FUNC that has code and starts with a prefix.
func (f *File) eachFuncTag(prefix string, fn func(tag, id uint32, at funcPlace)) {
	t := f.Types
	if t == nil {
		return
	}
	var places map[uint32]funcPlace
	for _, id := range f.Index.Tags {
		if !strings.HasPrefix(t.Name(id), prefix) || t.Kind(t.Target(id)) != btfgen.Func {
			continue
		}
		if places == nil {
			places = f.funcPlaces()
		}
		if at, ok := places[t.Target(id)]; ok {
			fn(id, t.Target(id), at)
		}
	}
}

// Stubs returns the stubs of an object, in the order of its BTF.
func (f *File) Stubs() (stubs []StubFunc) {
	f.eachFuncTag(StubTag, func(tag, id uint32, at funcPlace) {
		stubs = append(stubs, StubFunc{f.Types.Name(tag)[len(StubTag):], f.Types.Name(id), id, at.section, at.off})
	})
	return stubs
}

// LoweredSite is a site that has become a call, as the tag on its function says.
type LoweredSite struct {
	Probe   string
	Tag     uint32 // BTF type id of the tag
	Section int    // ELF index of the code section
	Start   uint64 // of the function, in bytes
	Insn    uint64 // of the call, in instructions from Start
}

// SiteTags returns the lowered sites of an object. That there is a call at each is not checked.
func (f *File) SiteTags() (sites []LoweredSite) {
	f.eachFuncTag(SiteTag, func(tag, _ uint32, at funcPlace) {
		if probe, insn, ok := ParseSiteTag(f.Types.Name(tag)); ok {
			sites = append(sites, LoweredSite{probe, tag, at.section, at.off, insn})
		}
	})
	return sites
}

// lowered adds the lowered sites of an object to its probes, and what observers attach to.
func (s *Scan) lowered(get func(name string) *Probe) (ds []diag.Diagnostic) {
	f := s.file
	stubs := map[string]string{}
	for _, st := range f.Stubs() {
		stubs[st.Name] = st.Probe
		get(st.Probe).Stub = st.Name
	}
	tags := f.SiteTags()
	if len(tags) == 0 {
		return nil
	}
	if s.Graph == nil {
		s.Graph = code.Functions(f.Obj)
	}
	for _, t := range tags {
		off := t.Start + t.Insn*wordSize
		callee, ok := s.calleeAt(t.Section, off)
		fn := s.Graph.At(t.Section, off)
		if !ok || fn < 0 || s.Graph.Funcs[fn].Start != t.Start {
			ds = append(ds, diag.Errorf("probe-lowered", diag.Place{Object: f.Obj.Name}.At(f.Obj.Sections[t.Section].Name, off),
				"the tag '%s' says that a site of probe '%s' calls a function here, and it does not", f.Types.Name(t.Tag), t.Probe))
			continue
		}
		e := Entry{Probe: t.Probe, Code: t.Section, Nop: off, Func: fn}
		site := s.siteAt(&e)
		site.Linked, site.Callee = LinkedAttach, callee
		if stubs[callee] == t.Probe {
			site.Linked = LinkedCall
		}
		p := get(t.Probe)
		p.Sites = append(p.Sites, site)
	}
	return ds
}

// calleeAt returns the name of the function that the instruction at a position calls.
func (s *Scan) calleeAt(section int, off uint64) (string, bool) {
	o := s.file.Obj
	sec := &o.Sections[section]
	if off+wordSize > uint64(len(sec.Data)) || off%wordSize != 0 {
		return "", false
	}
	in := code.Decode(o.Order, sec.Data, off)
	if in.Form() != code.Call || in.Src != 1 {
		return "", false
	}
	if r, ok := s.relocAt(section, off); ok {
		y := &o.Symbols[r.Sym]
		if y.Type != object.TypeSection {
			return y.Name, true
		}
		at := uint64(reloc.Call.Addend(o.Order, sec.Data, off, 0))
		f := s.Graph.At(int(y.Section), at)
		if f < 0 {
			return "", false
		}
		return s.Graph.Funcs[f].Name, true
	}
	to, _ := code.Target(o.Order, sec.Data, off)
	if f := s.Graph.At(section, uint64(max(to, 0))); to >= 0 && f >= 0 {
		return s.Graph.Funcs[f].Name, true
	}
	return "", false
}

// relocAt returns the first relocation at a position.
func (s *Scan) relocAt(section int, off uint64) (object.Reloc, bool) {
	if s.relocs == nil {
		s.relocs = map[int]map[uint64]object.Reloc{}
	}
	if s.relocs[section] == nil {
		rels := s.file.Obj.Sections[section].Relocs
		at := make(map[uint64]object.Reloc, len(rels))
		for _, r := range slices.Backward(rels) {
			at[r.Offset] = r
		}
		s.relocs[section] = at
	}
	r, ok := s.relocs[section][off]
	return r, ok
}
