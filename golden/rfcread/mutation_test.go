package rfcread

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/bpfsdt/bpf-sdt-link/internal/mutate"
)

func mutationTarget(tb testing.TB) mutate.Target {
	return mutate.Target{
		Name:  "rfcread",
		Seeds: mutate.Load(tb, 8<<10, "../testdata/five_args/*.clang*.o.zst", "../testdata/many_sites/*.clang*.o.zst", "../testdata/rfc_shapes/*.clang*.o.zst"),
		Focus: []mutate.Focus{mutate.Notes, mutate.All},
		Check: func(in *mutate.Input) (string, error) { return readMutated(in.Data[0]) },
	}
}

func readMutated(data []byte) (string, error) {
	probes, violations, err := Read(data)
	if err != nil && (probes != nil || violations != nil) {
		return "", fmt.Errorf("both an error and a result: %w", err)
	}
	for _, p := range probes {
		if len(p.Regs) != p.Nargs || p.String() == "" {
			return "", fmt.Errorf("site %+v", p)
		}
	}
	again, same, _ := Read(data)
	if !reflect.DeepEqual(probes, again) || !reflect.DeepEqual(violations, same) {
		return "", fmt.Errorf("read again, it is something else: %v, %v", violations, same)
	}
	switch {
	case err != nil:
		return "refused", nil
	case len(violations) > 0:
		return "rules broken", nil
	}
	return "ok", nil
}

func FuzzReadMutated(f *testing.F) { mutate.Fuzz(f, mutationTarget(f)) }
func TestMutations(t *testing.T)   { mutate.Run(t, mutationTarget(t)) }
