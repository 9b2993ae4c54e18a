package notes

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/internal/mutate"
)

func mutationTarget(tb testing.TB) mutate.Target {
	return mutate.Target{
		Name: "notes",
		Seeds: mutate.Load(tb, 8<<10, "testdata/*.o.zst", "../golden/testdata/five_args/*.clang*.o.zst", "../golden/testdata/many_sites/*.clang*.o.zst",
			"../golden/testdata/rfc_shapes/*.clang*.o.zst", "../golden/testdata/lower_*/*.clang*.o.zst", "../golden/testdata/repeated/*.clang*.o.zst"),
		Focus: []mutate.Focus{mutate.Notes, mutate.All},
		Check: func(in *mutate.Input) (string, error) { return probesMutated(in.Data[0]) },
	}
}

// probesMutated reads the probes of an object and holds them against what a loader relies on.
func probesMutated(data []byte) (string, error) {
	file, err := Open("x.o", data)
	if (file == nil) == (err == nil) {
		return "", fmt.Errorf("file %v, error %v", file, err)
	}
	if err != nil {
		if _, ok := err.(diag.Diagnostic); !ok {
			return "", fmt.Errorf("error %#v", err)
		}
		return "object refused", nil
	}
	probes, ds := file.Probes()
	for i := range ds {
		if ds[i].ID == "" || ds[i].Message == "" || ds[i].Place.Object != "x.o" {
			return "", fmt.Errorf("a diagnostic that says too little: %+v", ds[i])
		}
	}
	again, more := file.Probes()
	if !reflect.DeepEqual(probes, again) || !reflect.DeepEqual(ds, more) {
		return "", errors.New("read again, the probes are others")
	}
	_, _ = file.Stubs(), file.SiteTags()
	if i := slices.IndexFunc(ds, func(d diag.Diagnostic) bool { return d.Severity == diag.Error }); i >= 0 {
		return ds[i].ID, nil
	}
	for i := range probes {
		if err := badProbe(file, &probes[i]); err != nil {
			return "", err
		}
	}
	return "ok", nil
}

// badProbe says what is wrong with a probe of an object without faults.
func badProbe(f *File, p *Probe) error {
	if !p.Declared || len(p.Args) > MaxArgs {
		return fmt.Errorf("probe without a good declaration, and no fault: %+v", p)
	}
	for k := range p.Sites {
		if err := badSite(f, p, &p.Sites[k]); err != nil {
			return err
		}
	}
	return nil
}

// badSite holds a site of an object without faults against what a loader relies on.
func badSite(f *File, p *Probe, s *Site) error {
	code := f.Obj.Sections[s.SectionIndex]
	if code.Name != s.Section || s.Offset%8 != 0 || s.Offset+8 > code.Size {
		return fmt.Errorf("site in no code, and no fault: %+v", s)
	}
	if s.Linked != LinkedNop {
		return nil
	}
	if string(code.Data[s.Offset:][:8]) != "\x05\x00\x00\x00\x00\x00\x00\x00" {
		return fmt.Errorf("site is no NOP, and no fault: %+v", s)
	}
	if len(s.Regs) != len(p.Args) || slices.ContainsFunc(s.Regs, func(r uint8) bool { return r > frameReg }) {
		return fmt.Errorf("faulty site, and no fault: %+v", s)
	}
	return nil
}

func FuzzNotesMutated(f *testing.F) { mutate.Fuzz(f, mutationTarget(f)) }
func TestMutations(t *testing.T)    { mutate.Run(t, mutationTarget(t)) }
