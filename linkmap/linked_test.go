package linkmap_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/bpfsdt/bpf-sdt-link/examples"
	"github.com/bpfsdt/bpf-sdt-link/linker"
	"github.com/bpfsdt/bpf-sdt-link/linkmap"
)

// linked is the map of a real link: of the example's firewall, with calls for probes.
func linked(t *testing.T) *linkmap.Map {
	t.Helper()
	var inputs []linker.Input
	for _, name := range examples.Names {
		data, err := examples.Object(name)
		if err != nil {
			t.Fatal(err)
		}
		inputs = append(inputs, linker.Input{Name: name, Data: data})
	}
	opts := linker.Options{Output: "firewall.o", Map: true, Probes: []linker.ProbeRule{{Mode: linker.ProbeCall}}}
	res, err := linker.Link(context.Background(), inputs, opts)
	if err != nil {
		t.Fatal(err)
	}
	return res.Map
}

// What the linker says and what the map shows go together: the same again for the same link, every function below the part
// of its input, every probe with its site.
func TestLinked(t *testing.T) {
	first, second := linked(t), linked(t)
	text, page := textOf(t, first), htmlOf(t, first)
	if text != textOf(t, second) || page != htmlOf(t, second) {
		t.Error("two links of the same have different maps")
	}
	lines := strings.Split(text, "\n")
	for function, part := range map[string]string{
		"firewall": "firewall.o(xdp)", "egress": "egress.o(tc)", "parse_packet": "parser.o(.text)", "verdict": "<bpf-sdt-link>(.text)",
	} {
		i := slices.IndexFunc(lines, func(l string) bool {
			f := strings.Fields(l)
			return len(f) > 4 && f[3] == "function" && f[4] == function
		})
		for i > 0 && !strings.Contains(lines[i], "(") {
			i--
		}
		if i < 0 || !strings.Contains(lines[i], " "+part) {
			t.Errorf("%s is not below %s:\n%s", function, part, text)
		}
	}
	for _, want := range []string{"  verdict (__u32, __u16, int)\n    stub verdict\n    xdp+", "call verdict  firewall  ./firewall.c:22:2\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in:\n%s", want, text)
		}
	}
	checkPage(t, page, page)
}
