package linker

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bpfsdt/bpf-sdt-link/btfgen"
	"github.com/bpfsdt/bpf-sdt-link/object"
)

// A function that was made local and that nothing calls goes with its FUNC.
func TestLocalizedDead(t *testing.T) {
	f := open(t, localizedInputs(t))
	got := map[string]uint32{}
	for id := uint32(1); id < f.Types.Len(); id++ {
		if k := f.Types.Kind(id); k == btfgen.Var || k == btfgen.Func {
			got[f.Types.Name(id)] = f.Types.Linkage(id)
		}
	}
	// Of a function that nothing calls any more nothing is left.
	if d := cmp.Diff(map[string]uint32{"limit": btfgen.Static}, got); d != "" {
		t.Error(d)
	}
}

// A global function of a section that is dropped leaves no FUNC (rule 5.2).
func TestDroppedFunction(t *testing.T) {
	b := simple().fn(".text.debug", "gone", object.Global, 1)
	b.image.Sections[b.sec[".text.debug"]].Name = ".debug_text"
	b.btf("\x00gone\x00.debug_text\x00", 0, 13<<24, 0, 1, 12<<24|1, 1)
	b.funcInfo(6, 8)
	f := open(t, []Input{{Name: "a.o", Data: b.bytes(t)}})
	if f.Types != nil {
		t.Errorf("there are %d types", f.Types.Len()-1)
	}
}
