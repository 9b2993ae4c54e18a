package linker_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	canonical "github.com/bpfsdt/bpf-sdt-link/golden"
)

// document is a canonical text, taken apart so that a difference can be named exactly.
type document struct {
	order string // the first line
	parts []*part
}

// part is a paragraph: the symbols, one function, one variable, the BTF types of one kind.
type part struct {
	title   string
	entries []string // of one or more lines each
}

// Titles of parts.
const (
	symbolsPart  = "symbols"
	strayPart    = "stray records of .BTF.ext"
	funcsPart    = "btf functions"
	forwardPart  = "btf forward declarations"
	sectionsPart = "btf sections"
	loosePart    = "btf unreferenced unnamed types"
)

func newDocument(text string) *document {
	paragraphs := strings.Split(strings.TrimSuffix(text, "\n"), "\n\n")
	d := &document{order: paragraphs[0]}
	for _, p := range paragraphs[1:] {
		lines := strings.Split(p, "\n")
		q := &part{title: lines[0]}
		for _, line := range lines[1:] {
			// The lines of a struct, and what stands in a section, are indented further.
			if n := len(q.entries); n > 0 && !q.code() && (strings.HasPrefix(line, "    ") || line == "  }") {
				q.entries[n-1] += "\n" + line
				continue
			}
			q.entries = append(q.entries, line)
		}
		d.parts = append(d.parts, q)
	}
	return d
}

func (d *document) text() string {
	var b strings.Builder
	b.WriteString(d.order + "\n")
	for _, p := range d.parts {
		if len(p.entries) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n%s\n", p.title)
		for _, e := range p.entries {
			b.WriteString(e + "\n")
		}
	}
	return renumber(b.String())
}

func (d *document) part(title string) *part {
	if i := slices.IndexFunc(d.parts, func(p *part) bool { return p.title == title }); i >= 0 {
		return d.parts[i]
	}
	return &part{title: title}
}

func (d *document) remove(drop func(*part) bool) { d.parts = slices.DeleteFunc(d.parts, drop) }

func (p *part) code() bool { return strings.HasPrefix(p.title, "code ") }
func (p *part) data() bool { return strings.HasPrefix(p.title, "data ") }

// symbols returns the names of a function or variable, and the section that it is in. Names have numbers.
func (p *part) symbols() (section string, names []string) {
	f := strings.SplitN(p.title, " ", 3)
	if len(f) < 3 || !p.code() && !p.data() {
		return "", nil
	}
	if f[2] == "(unnamed)" {
		return f[1], nil
	}
	return f[1], strings.Split(strings.TrimSuffix(f[2], ":"), ", ")
}

func (p *part) has(entry string) bool { return slices.Contains(p.entries, entry) }

func (p *part) remove(entry string) {
	if i := slices.Index(p.entries, entry); i >= 0 {
		p.entries = slices.Delete(p.entries, i, i+1)
	}
}

// numbered is a name that several functions, variables or types have, with its number.
var numbered = regexp.MustCompile(`([\w.$]+)#(\d+)`)

func bare(text string) string { return numbered.ReplaceAllString(text, "$1") }

// renumber numbers things of one name anew, in the order in which they are mentioned: numbers depend on how many
// there are, and a difference that was taken out of the text can have been one. What is left alone needs no number.
func renumber(text string) string {
	numbers := map[string]map[string]string{}
	for _, m := range numbered.FindAllStringSubmatch(text, -1) {
		n := numbers[m[1]]
		if n == nil {
			n = map[string]string{}
			numbers[m[1]] = n
		}
		if n[m[2]] == "" {
			n[m[2]] = fmt.Sprintf("#%d", len(n)+1)
		}
	}
	return numbered.ReplaceAllStringFunc(text, func(s string) string {
		m := numbered.FindStringSubmatch(s)
		if len(numbers[m[1]]) == 1 {
			return m[1]
		}
		return m[1] + numbers[m[1]][m[2]]
	})
}

func dump(t *testing.T, name string, obj []byte) string {
	t.Helper()
	text, err := canonical.Dump(name, obj)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return text
}

func TestDocument(t *testing.T) {
	const text = `object little-endian

symbols
  GLOBAL FUNC f in .text size 8
  LOCAL FUNC g in .text size 8

code .text g#2:
     0: call g#1
     1: exit

btf structs
  struct s {
    int a; @0
    /* 4 bytes */
  }
    tag "x"
  struct u {
    /* 0 bytes */
  }
`
	d := newDocument(text)
	if got, want := d.text(), strings.NewReplacer("#2", "#1", "#1", "#2").Replace(text); got != want {
		t.Errorf("the text is not what it was:\n%s", canonical.Diff("want", want, "got", got))
	}
	if n := len(d.part("btf structs").entries); n != 2 {
		t.Errorf("%d structs, want 2", n)
	}
	section, names := d.parts[1].symbols()
	if section != ".text" || !slices.Equal(names, []string{"g#2"}) {
		t.Errorf("part of %q in %q", names, section)
	}
	d.remove((*part).code)
	if strings.Contains(d.text(), "code") {
		t.Error("a removed part is in the text")
	}
}
