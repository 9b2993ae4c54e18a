package main

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	const bpftool = "handed to bpftool"
	for _, test := range []struct{ line, want string }{
		{"-o x a", "link --output=x -- a"},
		{"a -o x", "link --output=x -- a"},
		{"a -ox", "link --output=x -- a"},
		{"a -output x", "link --output=x -- a"},
		{"-o x -- -a --", "link --output=x -- -a --"},
		{"-o x -", "link --output=x -- -"},
		{"link a --output=x=y", "link --output=x=y -- a"},
		{"-o x link a", "link --output=x -- a"},
		{"-o x prog", "link --output=x -- prog"},
		{"--color=never -o link link", "link --output=link --"},
		{"--diagnostics json probes a --json", "probes --json -- a"},
		{"--json probes a", "probes --json -- a"},
		{"probes -- --json", "probes -- --json"},
		{"a --help -o x", "link --help"},
		{"--help", "--help"},
		{"help diff", "diff --help"},
		{"probes -V a", "version --"},
		{"gen object x a", "gen object -- x a"},
		{"-jd gen obj x a -p", "gen object --json --debug --pretty -- x a"},
		{"-B gen gen -B object object x a", "gen object --base-btf=gen --base-btf=object -- x a"},
		{"gen -- object x a", bpftool},
		{"gen skeleton -V", bpftool},
		{"-p -j version", bpftool},
		{"link list", bpftool},
		{"gen", bpftool},
	} {
		req, err := new(tool).parse(append([]string{name}, strings.Fields(test.line)...))
		if err != nil {
			t.Errorf("%s: %v", test.line, err)
			continue
		}
		got := strings.TrimSuffix(strings.Join(req.argv, " "), " --")
		if req.bpftool {
			got = bpftool
		}
		if diff := cmp.Diff(strings.TrimSuffix(test.want, " --"), got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", test.line, diff)
		}
	}
}

// TestParseAnything: whatever the arguments are, there is an error, a bpftool or a command line for the
// library, in which every positional stands behind the '--'.
func TestParseAnything(t *testing.T) {
	words := []string{"", "-", "--", "---", "-=", "--=x", "-o", "-ox", "--output", "--output=", "-V", "-h", "-hV", "-j", "-jd", "-B", "--json=x",
		"--diagnostics", "--diagnostics=json", "--color", "never", "gen", "obj", "object", "link", "show", "help", "probes", "prog", "a.o", "\xff", "-é"}
	for range 20000 {
		args := []string{[]string{name, "bpftool"}[rand.N(2)]}
		for range rand.N(6) {
			args = append(args, words[rand.N(len(words))])
		}
		req, err := new(tool).parse(args)
		if err != nil || req.bpftool {
			continue
		}
		if len(req.argv) == 0 {
			t.Fatalf("%q: no command", args)
		}
		for _, a := range req.argv {
			if a == "--" {
				break
			}
			if a == "" || strings.HasPrefix(a, "-") && !strings.HasPrefix(a, "--") {
				t.Fatalf("%q: the library gets %q", args, req.argv)
			}
		}
	}
}
