package linker

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/bpfsdt/bpf-sdt-link/internal/mutate"
)

// TestMutationFinds links what mutations once found. The name of a folder in testdata/mutations is WHAT.TARGET.MODE, its
// objects are a.o.zst and so on. What a mutation run saves as NAME-0-modeM.o is kept with 'zstd -19'.
func TestMutationFinds(t *testing.T) {
	dirs, err := filepath.Glob("testdata/mutations/*")
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no finds: %v", err)
	}
	targets := map[string]mutate.Target{"link": linkTarget(nil, "link", 3), "lower": lowerTarget(t)}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			parts := strings.Split(filepath.Base(dir), ".")
			mode, err := strconv.ParseUint(parts[len(parts)-1], 10, 16)
			target, ok := targets[strings.TrimRight(parts[1], "0123456789")]
			if err != nil || !ok || len(parts) != 3 {
				t.Fatalf("name %v", parts)
			}
			in := &mutate.Input{Mode: uint16(mode)}
			files, _ := filepath.Glob(dir + "/*.o.zst")
			for _, f := range files {
				data, err := mutate.Unpack(f)
				if err != nil {
					t.Fatal(err)
				}
				in.Data = append(in.Data, data)
			}
			outcome, err := target.Check(in)
			if err != nil {
				t.Error(err)
			}
			t.Logf("%d objects: %s", len(in.Data), outcome)
		})
	}
}
