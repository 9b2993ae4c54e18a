package linker

import (
	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/object"
)

// lazyMember is a member of an archive that is linked if somebody needs it.
type lazyMember struct {
	archive *object.Archive
	member  *object.Member
	linked  bool
}

// takeArchive links all members of an archive, or keeps it until it shows which are needed.
func (l *link) takeArchive(a *object.Archive, whole bool) error {
	if a.Thin {
		for i := range a.Members {
			l.files = append(l.files, a.Members[i].Path)
		}
	}
	if !whole {
		l.archives = append(l.archives, a)
		return nil
	}
	members := make([]Input, len(a.Members))
	for i := range members {
		members[i] = memberInput(a, &a.Members[i])
	}
	return l.loadAll(members, func(i int, in loaded) error {
		if !l.foreign(members[i].Name, in.err) {
			l.take(members[i].Name, in)
		}
		return nil
	})
}

func memberInput(a *object.Archive, m *object.Member) Input {
	return Input{Name: m.Name, archive: a, member: m}
}

// foreign reports whether a member of an archive is no object at all, a text say, which is left out.
func (l *link) foreign(name string, err error) bool {
	if !object.Foreign(err) {
		return false
	}
	l.log.Add(diag.Warnf("archive", diag.Place{Object: name}, "the member is not an object, and is left out"))
	return true
}

// pullMembers links the members of archives that are needed: those that define what an object refers to and none defines.
// An archive may stand before who needs it. Where several define a name, the first is taken.
func (l *link) pullMembers() error {
	lazy, err := l.lazyDefinitions()
	if err != nil {
		return err
	}
	defined := map[string]bool{}
	ld := l.newLoader()
	pull := func(name string, by *unit) {
		m := lazy[name]
		if m == nil || m.linked || defined[name] {
			return
		}
		m.linked = true
		in := memberInput(m.archive, m.member)
		if u := l.take(in.Name, ld.load(&in)); u != nil {
			u.pulledFor, u.pulledBy = name, by
			eachDefined(u.Obj, func(name string) { defined[name] = true })
		}
	}
	for _, u := range l.units {
		eachDefined(u.Obj, func(name string) { defined[name] = true })
	}
	for _, a := range l.opts.Attach {
		if !l.hasFunction(a.Function) {
			pull(a.Function, nil)
		}
	}
	for i := 0; i < len(l.units); i++ { // which grow
		if err := l.ctx.Err(); err != nil {
			return err
		}
		u := l.units[i]
		for k := range u.Obj.Symbols {
			if s := &u.Obj.Symbols[k]; s.Section == object.Undef && s.Bind == object.Global && lazy[s.Name] != nil && !u.takesFromKernel(s.Name) {
				pull(s.Name, u)
			}
		}
	}
	return nil
}

// lazyDefinitions returns for each name that members of archives define the first of them.
func (l *link) lazyDefinitions() (map[string]*lazyMember, error) {
	lazy := map[string]*lazyMember{}
	for _, a := range l.archives {
		defined := make([][]string, len(a.Members))
		errs := make([]error, len(a.Members))
		if err := l.each(len(a.Members), func() func(int) {
			var rd object.Reader
			return func(i int) {
				var o *object.Object
				if o, errs[i] = rd.ReadSymbols(a, &a.Members[i]); errs[i] == nil {
					eachDefined(o, func(name string) { defined[i] = append(defined[i], name) })
				}
			}
		}); err != nil {
			return nil, err
		}
		for i := range a.Members {
			if err := errs[i]; err != nil && !l.foreign(a.Members[i].Name, err) {
				l.unreadable(a.Members[i].Name, err)
			}
			m := &lazyMember{archive: a, member: &a.Members[i]}
			l.lazy = append(l.lazy, m)
			for _, name := range defined[i] {
				if l.traced(name) {
					l.trace(Event{Kind: EventSymbol, Symbol: name, Place: diag.Place{Object: m.member.Name}, What: "lazy definition"})
				}
				if lazy[name] == nil {
					lazy[name] = m
				}
			}
		}
	}
	return lazy, nil
}

// eachDefined calls fn for the name of each global or weak symbol that an object defines.
func eachDefined(o *object.Object, fn func(name string)) {
	for i := range o.Symbols {
		s := &o.Symbols[i]
		if s.Bind == object.Local || s.Section == object.Undef || s.Name == "" {
			continue
		}
		if s.Defined() && o.Sections[s.Section].Name == jumpTables {
			continue // whose names repeat in every object
		}
		fn(s.Name)
	}
}

// hasFunction reports whether an object has a function of a name, static or not.
func (l *link) hasFunction(name string) bool {
	for _, u := range l.units {
		for i := range u.Obj.Symbols {
			if s := &u.Obj.Symbols[i]; s.Name == name && s.Type == object.TypeFunc && s.Defined() {
				return true
			}
		}
	}
	return false
}

// takesFromKernel reports whether an object declares a symbol as one of the kernel's: no archive is asked for it.
func (u *unit) takesFromKernel(symbol string) bool {
	if u.Types == nil {
		return false
	}
	if u.fromKernel == nil {
		u.fromKernel = map[string]bool{}
		for _, id := range u.Index.Datasecs {
			if name := u.Types.Name(id); name != kconfigSection && name != ksymsSection {
				continue
			}
			for i := range u.Types.Vlen(id) {
				u.fromKernel[u.Types.Name(u.Types.Element(id, i).Type)] = true
			}
		}
	}
	return u.fromKernel[symbol]
}
