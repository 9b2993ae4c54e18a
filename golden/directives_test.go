package golden_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/bpfsdt/bpf-sdt-link/linker"
)

// A golden case is a folder of testdata; testdata/README.md describes the directives in its C sources.
type goldenCase struct {
	dir          string
	compilers    []string
	links        []*linkSpec
	ordersDiffer bool
}

// linkSpec is one Link directive, with all that is expected of it.
type linkSpec struct {
	orders [][]string // input names without .c; the first is that of the directive
	// name and options are those of the Options directive.
	name    string
	options linker.Options
	expect  expectations
}

type expectations struct {
	probes   []expectedProbe
	calls    []string // lowered sites: "PROBE -> FUNCTION in FUNCTION"
	symbols  []string
	errors   []expectedDiag
	warnings []expectedDiag
	text     []*regexp.Regexp
	noText   []*regexp.Regexp
}

// expectedProbe is one site.
type expectedProbe struct {
	name, types, function string
}

func (p expectedProbe) String() string {
	return fmt.Sprintf("%s(%s) at %s", p.name, p.types, p.function)
}

// anyTypes stands for whatever argument types.
const anyTypes = "..."

type expectedDiag struct {
	id   string
	text *regexp.Regexp
}

func (e *expectations) add(o expectations) {
	e.probes = append(e.probes, o.probes...)
	e.calls = append(e.calls, o.calls...)
	e.symbols = append(e.symbols, o.symbols...)
	e.errors = append(e.errors, o.errors...)
	e.warnings = append(e.warnings, o.warnings...)
	e.text = append(e.text, o.text...)
	e.noText = append(e.noText, o.noText...)
}

var allCompilers = []string{"clang14", "clang19", "clang22"}

// name of a link: its inputs.
func linkName(inputs []string) string { return strings.Join(inputs, "+") }

func loadCase(dir string) (*goldenCase, error) {
	sources, err := filepath.Glob(filepath.Join(dir, "*.c"))
	if err != nil {
		return nil, err
	}
	c := &goldenCase{dir: dir, compilers: allCompilers}
	ofFile := map[string]expectations{}
	for _, path := range sources {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		// What stands above the first Link of a file holds for every link that the file is part of.
		file := strings.TrimSuffix(filepath.Base(path), ".c")
		var general expectations
		target := &general
		for i, line := range strings.Split(string(text), "\n") {
			key, arg, ok := directive(line)
			if !ok {
				continue
			}
			if target, err = c.directive(key, arg, target); err != nil {
				return nil, fmt.Errorf("%s:%d: %w", path, i+1, err)
			}
		}
		ofFile[file] = general
	}
	for _, l := range c.links {
		for _, in := range l.orders[0] {
			e, ok := ofFile[in]
			if !ok {
				return nil, fmt.Errorf("%s: no source %s.c", dir, in)
			}
			l.expect.add(e)
		}
	}
	if len(c.links) == 0 {
		return nil, fmt.Errorf("%s: no Link directive", dir)
	}
	return c, nil
}

var directiveLine = regexp.MustCompile(`^// (Compilers|Compile|Link all-orders|Link|Options [a-z-]+|Orders-differ|Expect-[a-z-]+): *(.*)$`)

func directive(line string) (key, arg string, ok bool) {
	m := directiveLine.FindStringSubmatch(strings.TrimRight(line, " "))
	if m == nil {
		return "", "", false
	}
	return m[1], m[2], true
}

// directive takes one in, and returns what the expectations below it add to.
func (c *goldenCase) directive(key, arg string, to *expectations) (*expectations, error) {
	var err error
	if name, ok := strings.CutPrefix(key, "Options "); ok {
		l := c.links[len(c.links)-1]
		l.name = name
		l.options, err = parseOptions(arg)
		return to, err
	}
	switch key {
	case "Compile": // of scripts/fixtures.sh
	case "Compilers":
		c.compilers = strings.Fields(arg)
	case "Orders-differ":
		c.ordersDiffer = true
	case "Link", "Link all-orders":
		var inputs []string
		for _, f := range strings.Fields(arg) {
			inputs = append(inputs, strings.TrimSuffix(f, ".c"))
		}
		l := &linkSpec{orders: [][]string{inputs}}
		if key == "Link all-orders" {
			l.orders = permutations(inputs)
		}
		c.links = append(c.links, l)
		return &l.expect, nil
	case "Expect-probe":
		var ps []expectedProbe
		ps, err = parseProbe(arg)
		to.probes = append(to.probes, ps...)
	case "Expect-call":
		to.calls = append(to.calls, arg)
	case "Expect-symbol":
		to.symbols = append(to.symbols, arg)
	case "Expect-error", "Expect-warning":
		id, text, _ := strings.Cut(arg, " ")
		d := expectedDiag{id: id}
		if d.text, err = regexp.Compile(strings.Trim(text, `"`)); key == "Expect-error" {
			to.errors = append(to.errors, d)
		} else {
			to.warnings = append(to.warnings, d)
		}
	case "Expect-text", "Expect-no-text":
		var re *regexp.Regexp
		if re, err = regexp.Compile(arg); key == "Expect-text" {
			to.text = append(to.text, re)
		} else {
			to.noText = append(to.noText, re)
		}
	default:
		err = fmt.Errorf("unknown directive %s", key)
	}
	return to, err
}

// parseOptions reads the options of a link, as the command takes them.
func parseOptions(arg string) (o linker.Options, err error) {
	for _, word := range strings.Fields(arg) {
		option, value, _ := strings.Cut(word, "=")
		switch option {
		case "--probes":
			var r linker.ProbeRule
			r, err = linker.ParseProbeRule(value)
			o.Probes = append(o.Probes, r)
		case "--attach":
			var a linker.Attachment
			a, err = linker.ParseAttachment(value)
			o.Attach = append(o.Attach, a)
		case "--stub-prefix":
			o.StubPrefix = value
		case "--fentry-observers":
			o.Observers = true
		case "--allow-multiple-definition":
			o.AllowMultiple = true
		case "--localize":
			o.Localize = strings.Split(value, ",")
		case "--prefix":
			o.Prefix = value
		case "--prefix-map":
			var m linker.PrefixMap
			m, err = linker.ParsePrefixMap(value)
			o.PrefixMap = append(o.PrefixMap, m)
		default:
			err = fmt.Errorf("unknown option %s", word)
		}
		if err != nil {
			return o, err
		}
	}
	return o, nil
}

var probeLine = regexp.MustCompile(`^(\w+)\((.*)\) at (.+)$`)

func parseProbe(arg string) ([]expectedProbe, error) {
	m := probeLine.FindStringSubmatch(arg)
	if m == nil {
		return nil, fmt.Errorf("want NAME(TYPES) at FUNCTION, not %q", arg)
	}
	var ps []expectedProbe
	for f := range strings.SplitSeq(m[3], ",") {
		ps = append(ps, expectedProbe{m[1], m[2], strings.TrimSpace(f)})
	}
	return ps, nil
}

// permutations returns all orders of names, the given one first.
func permutations(names []string) [][]string {
	if len(names) <= 1 {
		return [][]string{slices.Clone(names)}
	}
	var all [][]string
	for i := range names {
		rest := append(slices.Clone(names[:i]), names[i+1:]...)
		for _, p := range permutations(rest) {
			all = append(all, append([]string{names[i]}, p...))
		}
	}
	return all
}
