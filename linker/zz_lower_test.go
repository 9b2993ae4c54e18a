package linker_test

import (
	"os"
	"testing"
)

// writes both links of one corpus link
func TestZZDump(t *testing.T) {
	want := os.Getenv("ZZ")
	for _, g := range corpusGroups {
		t.Run(g.name, func(t *testing.T) {
			for _, l := range g.load(t) {
				if l.name == want {
					n := &lowerTally{refused: map[string]int{}}
					zzDump = "/tmp/c/zz.o"
					n.test(t, l, 0)
				}
			}
		})
	}
}
