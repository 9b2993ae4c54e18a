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
		id := f.Ext.FuncAt(f.Obj.Sections[s.Section].Name, s.Value)
		if id == 0 || f.Types.Kind(id) != btfgen.Func || f.Types.Name(id) != s.Name {
			t.Errorf("'%s' has FUNC #%d '%s'", s.Name, id, f.Types.Name(id))
		}
		names[s.Name] = true
	}
	if len(names) != 4 || !names["same"] || !names["same.2"] {
		t.Errorf("functions %v", names)
	}
}
