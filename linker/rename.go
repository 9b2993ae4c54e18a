package linker

import (
	"strconv"

	"github.com/bpfsdt/bpf-sdt-link/btfgen"
	"github.com/bpfsdt/bpf-sdt-link/object"
)

// nameKey is a name among those that must differ: of all functions, or of the variables of one
// output section.
type nameKey struct {
	group int32
	name  string
}

const functionNames = -1 // the group of functions; that of variables is their output section

// renameLocals gives static functions and variables of one name names of their own: "name.2" in the
// symbol table and in BTF. cilium/ebpf refuses an object with two functions of a name in .text or
// two variables of a name in a section, and the kernel attaches an observer by name to the first.
//
// Only locals are renamed, never a global or a program. The first of several keeps the bare name
// unless one of those has it. With Options.Prefix each local gets a name of its own that starts with the prefix, but for
// stubs of probes, to which observers attach by name.
func (l *link) renameLocals() error {
	locals := 0
	taken := map[nameKey]*unit{} // who has the name
	l.eachLocal(func(u *unit, i uint32, k nameKey, program bool) {
		if program {
			taken[k] = u
		} else {
			locals++
		}
	})
	if locals == 0 {
		return nil
	}
	for i := range l.globals {
		if g := &l.globals[i]; g.def != nil && !g.local {
			if k, ok := l.nameKey(g.def, &g.def.Obj.Symbols[g.sym]); ok {
				taken[k] = g.def
			}
		}
	}
	var used map[string]bool // every name of every input
	next := map[string]int{}
	stubs := l.prefixless()
	l.eachLocal(func(u *unit, i uint32, k nameKey, program bool) {
		if program || l.opts.Prefix == "" && taken[k] == nil || stubs[symbolRef{u, i}] {
			taken[k] = u
			return
		}
		if used == nil {
			used = l.allNames()
		}
		name := l.opts.Prefix + k.name
		for used[name] {
			next[k.name] = max(next[k.name], 1) + 1
			name = l.opts.Prefix + k.name + "." + strconv.Itoa(next[k.name])
		}
		used[name] = true
		if u.renamed == nil {
			u.renamed, u.namesake = map[uint32]string{}, map[uint32]*unit{}
		}
		u.renamed[i], u.namesake[i] = name, taken[k]
	})
	return nil
}

// prefixless returns the functions that Options.Prefix is not for.
func (l *link) prefixless() map[symbolRef]bool {
	stubs := map[symbolRef]bool{}
	if l.opts.Prefix == "" {
		return stubs
	}
	for _, u := range l.units {
		for _, s := range u.Stubs() {
			if f := u.functions().At(s.Section, s.Offset); f >= 0 {
				stubs[symbolRef{u, u.functions().Funcs[f].Symbol}] = true
			}
		}
	}
	return stubs
}

// nameKey returns the key of a function or variable that the output has.
func (l *link) nameKey(u *unit, s *object.Symbol) (nameKey, bool) {
	if !s.Defined() || u.secs[s.Section].out < 0 {
		return nameKey{}, false
	}
	out := u.secs[s.Section].out
	switch exec := l.out[out].exec(); {
	case exec && s.Type == object.TypeFunc:
		return nameKey{functionNames, s.Name}, true
	case !exec && s.Type == object.TypeObject && l.out[out].name != jumpTables:
		return nameKey{out, s.Name}, true
	}
	return nameKey{}, false
}

// eachLocal calls fn for every local function and variable that the output has.
func (l *link) eachLocal(fn func(u *unit, i uint32, k nameKey, program bool)) {
	for _, u := range l.units {
		for i := range u.Obj.Symbols {
			s := &u.Obj.Symbols[i]
			if s.Bind != object.Local && l.localizedHere(u, uint32(i)) == nil {
				continue
			}
			k, ok := l.nameKey(u, s)
			if !ok {
				continue
			}
			if _, stays := u.place(int(s.Section), s.Value); stays {
				fn(u, uint32(i), k, k.group == functionNames && !u.inText(s))
			}
		}
	}
}

func (l *link) allNames() map[string]bool {
	names := map[string]bool{}
	for _, u := range l.units {
		for i := range u.Obj.Symbols {
			names[u.Obj.Symbols[i].Name] = true
		}
	}
	return names
}

// renameTypes gives the FUNCs and VARs of renamed symbols their new names. A function is matched to
// its FUNC by func_info, as two FUNCs can have one name.
func (l *link) renameTypes(u *unit) {
	if len(u.renamed) == 0 || u.Types == nil {
		return
	}
	type spot struct {
		section int
		off     uint64
		name    string
	}
	vars := map[spot]string{}
	for i, name := range u.renamed {
		s := &u.Obj.Symbols[i]
		if s.Type == object.TypeObject {
			vars[spot{int(s.Section), s.Value, s.Name}] = name
		} else if id := u.Ext.FuncAt(int(s.Section), u.Obj.Sections[s.Section].Name, s.Value); id != 0 && u.Types.Name(id) == s.Name && (l.symbolOf[id] == 0 || l.symbolOf[id] == i) {
			if own, ok := u.ownFunc[int(s.Section)][uint32(s.Value)]; ok {
				id = own
			}
			l.merger.SetName(id, name)
		}
	}
	if len(vars) == 0 {
		return
	}
	l.eachMember(u, func(section string, e btfgen.Element) {
		si, off, ok := l.staticPlace(u, u.sectionOf[section], e)
		if i := l.symbolOf[e.Type]; i != 0 { // of a symbol that is or was global, another than a static one in its place
			if name, renamed := u.renamed[i]; renamed {
				l.merger.SetName(e.Type, name)
			}
			return
		}
		if name, renamed := vars[spot{si, off, u.Types.Name(e.Type)}]; ok && renamed {
			l.merger.SetName(e.Type, name)
		}
	})
}
