package linker

import (
	"context"
	"testing"

	"github.com/bpfsdt/bpf-sdt-link/btfgen"
	"github.com/bpfsdt/bpf-sdt-link/notes"
	"github.com/bpfsdt/bpf-sdt-link/object"
)

// Functions that share a FUNC in an input get one each, of the symbol's name.
func TestSharedFunc(t *testing.T) {
	in := []Input{{Name: "testdata/reference/shared_func.o.zst"}}
	r, err := Link(context.Background(), in, Options{})
	if err != nil {
		t.Fatal(err)
	}
	f, err := notes.Open("out.o", r.Object)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for i := range f.Obj.Symbols {
		s := &f.Obj.Symbols[i]
		if s.Type != object.TypeFunc {
			continue
		}
		id := f.Ext.FuncAt(int(s.Section), f.Obj.Sections[s.Section].Name, s.Value)
		if id == 0 || f.Types.Kind(id) != btfgen.Func || f.Types.Name(id) != s.Name {
			t.Errorf("'%s' has FUNC #%d '%s'", s.Name, id, f.Types.Name(id))
		}
		names[s.Name] = true
	}
	if len(names) != 4 || !names["same"] || !names["same.2"] {
		t.Errorf("functions %v", names)
	}
}

// Two sections of one name in an object are joined, and each function keeps its records: what clang puts together
// by name, relocations tell apart.
func TestSameSection(t *testing.T) {
	for _, order := range []string{"el", "eb"} {
		r, err := Link(context.Background(), []Input{{Name: "testdata/reference/same_section." + order + ".o.zst"}}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		lines := map[string]uint32{}
		for _, site := range r.Probes[0].Sites {
			lines[site.Function] = site.Line
		}
		if len(lines) != 2 || lines["first"] == 0 || lines["second"] != lines["first"]+6 {
			t.Errorf("%s: the sites are at lines %v", order, lines)
		}
		f, err := notes.Open("out.o", r.Object)
		if err != nil {
			t.Fatal(err)
		}
		for i := range f.Obj.Symbols {
			s := &f.Obj.Symbols[i]
			if s.Type != object.TypeFunc {
				continue
			}
			if id := f.Ext.FuncAt(int(s.Section), "xdp", s.Value); f.Types.Name(id) != s.Name {
				t.Errorf("%s: '%s' has FUNC '%s'", order, s.Name, f.Types.Name(id))
			}
		}
	}
}
