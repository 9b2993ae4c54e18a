package golden_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/bpfsdt/bpf-sdt-link/golden"
	"github.com/bpfsdt/bpf-sdt-link/internal/mutate"
)

func mutationTarget(tb testing.TB) mutate.Target {
	return mutate.Target{
		Name:  "dump",
		Share: 4,
		Seeds: mutate.Load(tb, 4<<10, "testdata/*/*.clang19.*.o.zst", "../notes/testdata/*.o.zst"),
		Focus: []mutate.Focus{mutate.All, mutate.Types, mutate.Records, mutate.Notes},
		Check: func(in *mutate.Input) (string, error) {
			text, err := golden.Dump("x.o", in.Data[0])
			if (err == nil) != (text != "") {
				return "", fmt.Errorf("error %v with %d bytes of text", err, len(text))
			}
			if again, _ := golden.Dump("x.o", in.Data[0]); again != text {
				return "", errors.New("the text is not always the same")
			}
			if err != nil {
				return "refused", nil
			}
			return "ok", nil
		},
	}
}

func FuzzDumpMutated(f *testing.F) { mutate.Fuzz(f, mutationTarget(f)) }
func TestMutations(t *testing.T)   { mutate.Run(t, mutationTarget(t)) }
