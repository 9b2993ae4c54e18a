package linker_test

import (
	"bytes"
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/bpfsdt/bpf-sdt-link/object"
)

// Differences in code: what is dead, where it stands, what it is called.

// overridden reports whether some weak definition of a name is not the one that is used.
func (c *comparison) overridden(name string) bool {
	strong, weak, _ := c.definitions(name)
	return weak > 0 && strong+weak > 1
}

// foldText makes the code sections .text.* of bpftool's text part of .text.
func foldText(c *comparison) int {
	n := 0
	sections := c.ref.part("sections")
	for _, e := range slices.Clone(sections.entries) {
		name, rest, _ := strings.Cut(strings.TrimSpace(e), ": ")
		if !strings.HasPrefix(name, ".text.") || !strings.HasPrefix(rest, "PROGBITS AX") {
			continue
		}
		n++
		sections.remove(e)
		text := slices.IndexFunc(sections.entries, func(e string) bool { return strings.HasPrefix(e, "  .text: ") })
		if text < 0 {
			sections.entries = append(sections.entries, "  .text: "+rest)
		} else if strings.HasPrefix(rest, "PROGBITS AXR ") {
			sections.entries[text] = "  .text: " + rest
		}
		symbols := c.ref.part(symbolsPart)
		for i, e := range symbols.entries {
			if !strings.Contains(e, " FUNC ") {
				continue
			}
			if head, size, ok := strings.Cut(e+" ", " in "+name+" "); ok {
				symbols.entries[i] = strings.TrimSuffix(head+" in .text "+size, " ")
			}
		}
		for _, p := range c.ref.parts {
			if rest, ok := strings.CutPrefix(p.title, "code "+name+" "); ok {
				p.title = "code .text " + rest
			}
		}
	}
	if n > 0 {
		slices.Sort(sections.entries)
		c.ref.sortCode()
		c.ours.sortCode()
	}
	return n
}

// sortCode brings functions in an order that does not depend on their sections.
func (d *document) sortCode() {
	slices.SortStableFunc(d.parts, func(a, b *part) int {
		if !a.code() || !b.code() {
			return 0
		}
		return cmp.Or(cmp.Compare(bare(a.title), bare(b.title)), cmp.Compare(bare(strings.Join(a.entries, "\n")), bare(strings.Join(b.entries, "\n"))))
	})
}

// funcName is the name in a declaration of a function: the last word before the first parenthesis behind a word.
var funcName = regexp.MustCompile(`([\w.$]+)\(`)

func declaredName(decl string) string {
	if m := funcName.FindStringSubmatch(decl); m != nil {
		return m[1]
	}
	return ""
}

// deadBodies removes code that no symbol names and whose functions are overridden weak ones.
func deadBodies(c *comparison) int {
	n := 0
	c.ref.remove(func(p *part) bool {
		if _, names := p.symbols(); !p.code() || len(names) > 0 {
			return false
		}
		functions := 0
		for _, e := range p.entries {
			if f, ok := strings.CutPrefix(e, "  ; func "); ok {
				if functions++; !c.overridden(declaredName(f)) {
					return false
				}
			}
		}
		n += functions
		return functions > 0
	})
	stray := c.ref.part(strayPart)
	stray.entries = slices.DeleteFunc(stray.entries, func(e string) bool {
		_, f, ok := strings.Cut(e, ": func_info inside a function: ")
		return ok && c.overridden(declaredName(f))
	})
	return n
}

// referenceText is what an instruction or a word of data refers to.
var referenceText = regexp.MustCompile(`(?:call |= &|\.quad |\.entry |\.long |goto )([\w.$]+(?:#\d+)?)`)

// unreachable removes the static functions of .text that no program, global function or variable leads to.
func unreachable(c *comparison) int {
	local := map[string]bool{} // by name without number
	for _, e := range c.ref.part(symbolsPart).entries {
		if f := strings.Fields(e); f[0] == "LOCAL" && f[1] == "FUNC" {
			local[f[2]] = true
		}
		if f := strings.Fields(e); f[0] != "LOCAL" {
			local[f[2]] = false
		}
	}
	byName := map[string]*part{}
	reached := map[*part]bool{}
	var queue []*part
	for _, p := range c.ref.parts {
		section, names := p.symbols()
		dead := p.code() && c.ref.subprograms(section) && len(names) > 0
		for _, name := range names {
			byName[name] = p
			dead = dead && local[bare(name)]
		}
		if (p.code() || p.data()) && !dead {
			reached[p] = true
			queue = append(queue, p)
		}
	}
	for len(queue) > 0 {
		p := queue[0]
		queue = queue[1:]
		for _, e := range p.entries {
			if strings.HasPrefix(e, "  ; ") {
				continue
			}
			for _, m := range referenceText.FindAllStringSubmatch(e, -1) {
				if q := byName[m[1]]; q != nil && !reached[q] {
					reached[q] = true
					queue = append(queue, q)
				}
			}
		}
	}
	n := 0
	c.ref.remove(func(p *part) bool {
		section, names := p.symbols()
		if !p.code() || !c.ref.subprograms(section) || len(names) == 0 || reached[p] {
			return false
		}
		for _, name := range names {
			c.ref.removeFunction(bare(name), p)
		}
		n++
		return true
	})
	return n
}

// subprograms reports whether a section holds functions that stay only if something reaches them.
func (d *document) subprograms(section string) bool {
	retained := slices.ContainsFunc(d.part("sections").entries, func(e string) bool { return strings.HasPrefix(e, "  "+section+": PROGBITS AXR ") })
	return !retained && (section == ".text" || strings.HasPrefix(section, ".text."))
}

// removeFunction removes the symbol and the FUNC of a static function.
func (d *document) removeFunction(name string, p *part) {
	symbols := d.part(symbolsPart)
	for _, e := range symbols.entries {
		size := strings.HasSuffix(e, fmt.Sprintf(" size %d", p.codeSize()))
		if strings.HasPrefix(e, "  LOCAL FUNC "+name+" in .text") && size {
			symbols.remove(e)
			break
		}
	}
	if slices.ContainsFunc(symbols.entries, func(e string) bool { return strings.HasPrefix(e, "  LOCAL FUNC "+name+" in .text") }) {
		return // another one has the same FUNC
	}
	funcs := d.part(funcsPart)
	funcs.entries = slices.DeleteFunc(funcs.entries, func(e string) bool {
		return strings.HasPrefix(e, "  static ") && declaredName(e) == name
	})
}

var insnLine = regexp.MustCompile(`^ +(\d+): (.*)$`)

// codeSize is the size of a function in bytes.
func (p *part) codeSize() int {
	size := 0
	for _, e := range p.entries {
		if m := insnLine.FindStringSubmatch(e); m != nil {
			fmt.Sscan(m[1], &size)
			if size++; strings.Contains(m[2], " = &") || strings.HasSuffix(m[2], " ll") {
				size++ // ld_imm64
			}
		}
	}
	return size * object.InsnSize
}

// mentions reports whether code or data of a document refers to a symbol.
func (d *document) mentions(name string) bool {
	word := regexp.MustCompile(`(^|[^\w.$])` + regexp.QuoteMeta(name) + `($|[^\w.$])`)
	for _, p := range d.parts {
		if !p.code() && !p.data() && p.title != "probes" {
			continue
		}
		for _, e := range p.entries {
			if !strings.HasPrefix(e, "  ; ") && word.MatchString(e) {
				return true
			}
		}
	}
	return false
}

// deadSymbols removes undefined symbols that nothing refers to, and what BTF says of them.
func deadSymbols(c *comparison) int {
	n := 0
	symbols, funcs, sections := c.ref.part(symbolsPart), c.ref.part(funcsPart), c.ref.part(sectionsPart)
	for _, e := range slices.Clone(symbols.entries) {
		f := strings.Fields(e)
		if f[len(f)-1] != "UND" || c.ref.mentions(f[2]) {
			continue
		}
		symbols.remove(e)
		n++
		declaration := func(e string) bool {
			return strings.HasPrefix(strings.TrimSpace(e), "extern ") && declaredName(e) == f[2]
		}
		funcs.entries = slices.DeleteFunc(funcs.entries, declaration)
		for i, e := range sections.entries {
			lines := slices.DeleteFunc(strings.Split(e, "\n"), func(line string) bool {
				m := variableName.FindStringSubmatch(line)
				return strings.HasPrefix(line, "    extern ") && m != nil && m[1] == f[2]
			})
			sections.entries[i] = strings.Join(lines, "\n")
		}
	}
	return n
}

// bareNames undoes the renaming of locals in an output of ours: a name "x.2" that no input has becomes "x", in the
// symbols and in BTF. It returns how many names that were.
func bareNames(out []byte, inputs []*object.Object) ([]byte, int) {
	known := map[string]bool{}
	for _, o := range inputs {
		for i := range o.Symbols {
			known[o.Symbols[i].Name] = true
		}
	}
	parsed, err := object.Parse("output", out)
	if err != nil {
		return out, 0
	}
	out = bytes.Clone(out)
	done := map[string]bool{}
	for i := range parsed.Symbols {
		y := &parsed.Symbols[i]
		base, _, ok := cutLast(y.Name, ".")
		if !ok || y.Bind != object.Local || known[y.Name] || !known[base] || done[y.Name] {
			continue
		}
		done[y.Name] = true
		// Whole strings only, so that the name is not the end or the middle of another one.
		old, short := []byte("\x00"+y.Name+"\x00"), []byte("\x00"+base)
		for at := 0; ; {
			k := bytes.Index(out[at:], old)
			if k < 0 {
				break
			}
			at += k + copy(out[at+k:], append(short, make([]byte, len(old)-len(short))...)) - 1
		}
	}
	return out, len(done)
}

func cutLast(s, sep string) (before, after string, ok bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
