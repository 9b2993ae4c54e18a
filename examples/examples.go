// Package examples carries the objects of an example program, a small firewall in three parts, so that it can be
// linked without a compiler: by make demo, and by the examples in the documentation of the other packages.
// firewall/README.md tells how they are made.
package examples

import (
	"embed"
	"fmt"
	"strings"

	"github.com/bpfsdt/bpf-sdt-link/object"
)

//go:embed firewall/*.o.zst
var files embed.FS

// Names are those of the example's objects, in the order in which the demo links them.
var Names = []string{"firewall.o", "parser.o", "egress.o"}

// Object returns one of Names.
func Object(name string) ([]byte, error) {
	stem, ok := strings.CutSuffix(name, ".o")
	if !ok {
		return nil, fmt.Errorf("%s: no example object", name)
	}
	packed, err := files.ReadFile("firewall/" + stem + ".clang22.el.o.zst")
	if err != nil {
		return nil, fmt.Errorf("%s: no example object", name)
	}
	return object.Decompress(packed)
}
