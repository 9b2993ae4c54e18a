package linker

import (
	"strings"

	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/object"
)

// groupComdat is the flag of a section group of which the output gets one, that of the first object that has it (GRP_COMDAT
// of the System V gABI). C++ puts what many objects have each into such a group: an inline function, an instance of a template.
const groupComdat = 1

// dropGroups drops the sections of groups that an earlier input has brought.
func (l *link) dropGroups(u *unit) {
	for i := range u.Obj.Sections {
		s := &u.Obj.Sections[i]
		if s.Type != object.SecGroup {
			continue
		}
		members, comdat, err := u.groupMembers(s)
		if err != "" {
			l.log.Add(diag.Errorf("section", diag.Place{Object: u.Obj.Name, Section: s.Name}, "section group %s", err))
			continue
		}
		if !comdat {
			continue
		}
		signature := u.Obj.SymbolLabel(s.Info)
		if l.comdats == nil {
			l.comdats = map[string]*unit{}
		}
		kept, ok := l.comdats[signature]
		if !ok {
			l.comdats[signature] = u
			continue
		}
		for _, m := range members {
			if u.dropped == nil {
				u.dropped = map[int]*unit{}
			}
			u.dropped[int(m)] = kept
		}
	}
}

// groupMembers returns the sections of a group, and what is wrong with it.
func (u *unit) groupMembers(s *object.Section) (members []uint32, comdat bool, err string) {
	if s.Size < 4 || s.Size%4 != 0 || uint64(len(s.Data)) != s.Size {
		return nil, false, "is not made of words"
	}
	if s.Info == 0 || int64(s.Info) >= int64(len(u.Obj.Symbols)) {
		return nil, false, "has no symbol"
	}
	for at := 4; at < len(s.Data); at += 4 {
		m := u.Obj.Order.Uint32(s.Data[at:])
		if m == 0 || int64(m) >= int64(len(u.Obj.Sections)) {
			return nil, false, "names a section that there is not"
		}
		members = append(members, m)
	}
	return members, u.Obj.Order.Uint32(s.Data)&groupComdat != 0, ""
}

// ungrouped is the output section of data that a compiler put into a section of its own because it is in a group, as
// ".bss.counter" for ".bss": libbpf would take it for a map that somebody asked for, or for nothing.
func ungrouped(name string) string {
	for _, s := range []string{".data", ".rodata", ".bss"} {
		if strings.HasPrefix(name, s+".") {
			return s
		}
	}
	return name
}
