package linker_test

import (
	"regexp"
	"slices"
	"strings"
)

// Differences in BTF.

// faultySize is what the text says of a member whose size is not its symbol's.
var faultySize = regexp.MustCompile(`(?m)/\* \d+ bytes \*/ FAULT: its symbol has (\d+)$`)

// valueSizes gives a map the size of its symbol.
func valueSizes(c *comparison) int {
	n := 0
	p := c.ref.part(sectionsPart)
	for i, e := range p.entries {
		if strings.HasPrefix(e, "  .maps: ") {
			n += len(faultySize.FindAllString(e, -1))
			p.entries[i] = faultySize.ReplaceAllString(e, "/* $1 bytes */")
		}
	}
	return n
}

// parameter is the last word of a parameter: its name, or the end of its type.
var parameter = regexp.MustCompile(`([\w.$]+ |\*)([\w.$]+)([,)])`)

// typeWords are what a parameter without a name ends in, and what a type that it names starts with.
var typeWords = strings.Fields("int char short long unsigned signed float double void const volatile restrict struct union enum")

// withoutNames leaves out the names of parameters.
func withoutNames(s string) string {
	return parameter.ReplaceAllStringFunc(s, func(match string) string {
		m := parameter.FindStringSubmatch(match)
		if slices.Contains(typeWords, m[2]) || slices.Contains(typeWords[9:], strings.TrimSpace(m[1])) {
			return match
		}
		return strings.TrimSuffix(m[1], " ") + m[3]
	})
}

func nameless(s string) string { return withoutNames(bare(s)) }

// parameterNames leaves out the names of parameters in types and variables of both sides, where they make a difference
// and some input declares a function that another one defines. A type that bpftool split in two by them is one again.
func parameterNames(c *comparison) int {
	if !slices.ContainsFunc(c.ours.part(funcsPart).entries, func(e string) bool {
		external := "  extern " + strings.TrimPrefix(nameless(e), "  global ")
		return slices.ContainsFunc(c.inputTexts, func(d *document) bool {
			return slices.ContainsFunc(d.part(funcsPart).entries, func(e string) bool { return nameless(e) == external })
		})
	}) {
		return 0
	}
	n := 0
	for _, title := range []string{"btf structs", "btf unions", "btf typedefs", sectionsPart} {
		here, unnamed := map[string]bool{}, map[string]bool{}
		for _, e := range c.ours.part(title).entries {
			for line := range strings.SplitSeq(e, "\n") {
				here[bare(line)], unnamed[nameless(line)] = true, true
			}
		}
		for _, e := range c.ref.part(title).entries {
			for line := range strings.SplitSeq(e, "\n") {
				if !here[bare(line)] && unnamed[nameless(line)] {
					n++
				}
			}
		}
	}
	if n > 0 {
		c.ref.forgetParameters()
		c.ours.forgetParameters()
	}
	return n
}

func (d *document) forgetParameters() {
	for _, p := range d.parts {
		if strings.HasPrefix(p.title, "btf ") && p.title != funcsPart {
			for i, e := range p.entries {
				head, rest, more := strings.Cut(e, "\n")
				if p.entries[i] = head; more {
					p.entries[i] += "\n" + withoutNames(rest)
				} else if p.title != sectionsPart {
					p.entries[i] = withoutNames(e)
				}
			}
		}
	}
	d.unify()
}

// unify takes the numbers from the structs, unions and enums of a name that an edit made equal.
func (d *document) unify() {
	definitions := map[string]map[string]bool{}
	for _, title := range []string{"btf structs", "btf unions", "btf enums", "btf 64-bit enums"} {
		for _, e := range d.part(title).entries {
			head, _, _ := strings.Cut(e, " {")
			if m := numbered.FindStringSubmatch(head); m != nil {
				if definitions[m[1]] == nil {
					definitions[m[1]] = map[string]bool{}
				}
				definitions[m[1]][bare(e)] = true
			}
		}
	}
	for _, p := range d.parts {
		for i, e := range p.entries {
			p.entries[i] = numbered.ReplaceAllStringFunc(e, func(s string) string {
				if name := bare(s); len(definitions[name]) == 1 {
					return name
				}
				return s
			})
		}
		p.sort()
		p.merge()
	}
}

// unsortedMembers forgives members that are not in the order of their offsets.
func unsortedMembers(c *comparison) int {
	n := 0
	p := c.ref.part(sectionsPart)
	for i, e := range p.entries {
		head, members, _ := strings.Cut(e, "\n")
		if sorted, ok := strings.CutSuffix(head, " FAULT: members are not sorted"); ok && strings.Contains(members, "\n") {
			p.entries[i] = sorted + "\n" + members
			n++
		}
	}
	return n
}

// variableName is the name in a declaration of a variable, as a DATASEC's member shows it.
var variableName = regexp.MustCompile(`([\w.$]+)(?:\)\([^;]*\)|[\[\]\d]*); /\* \d+ bytes \*/`)

// staleOffsets forgives members whose definition took the place of another, or of a declaration.
func staleOffsets(c *comparison) int {
	n := 0
	p := c.ref.part(sectionsPart)
	for i, e := range p.entries {
		lines := strings.Split(e, "\n")
		for k, line := range lines {
			right, stale := strings.CutSuffix(line, " MISPLACED")
			m := variableName.FindStringSubmatch(line)
			if !stale || m == nil {
				continue
			}
			if strong, weak, undefined := c.definitions(m[1]); strong+weak+undefined > 1 {
				lines[k] = right
				n++
			}
		}
		p.entries[i] = strings.Join(lines, "\n")
	}
	return n
}

// moved takes variables out of the DATASECs of both sides that bpftool has in a wrong one and that several inputs
// define.
func moved(c *comparison) int {
	names := map[string]bool{}
	for _, e := range c.ref.part(sectionsPart).entries {
		for line := range strings.SplitSeq(e, "\n") {
			m := variableName.FindStringSubmatch(line)
			if m == nil || !strings.HasSuffix(line, " FAULT: no symbol") {
				continue
			}
			if strong, weak, _ := c.definitions(m[1]); weak > 0 && strong+weak > 1 {
				names[m[1]] = true
			}
		}
	}
	for _, d := range []*document{c.ref, c.ours} {
		p := d.part(sectionsPart)
		for i, e := range p.entries {
			lines := slices.DeleteFunc(strings.Split(e, "\n"), func(line string) bool {
				m := variableName.FindStringSubmatch(line)
				return m != nil && names[m[1]]
			})
			p.entries[i] = strings.Join(lines, "\n")
		}
	}
	return len(names)
}

// times is how often an entry is there.
var times = regexp.MustCompile(`^(.*)  x\d+$`)

// oneTime is an entry without how often it is there.
func oneTime(entry string) string {
	first, rest, more := strings.Cut(entry, "\n")
	if m := times.FindStringSubmatch(first); m != nil {
		first = m[1]
	}
	if more {
		return first + "\n" + rest
	}
	return first
}

// mergedFuncs gives bpftool's one FUNC of static functions of one name as many as there are functions.
func mergedFuncs(c *comparison) int {
	n := 0
	ref, ours := c.ref.part(funcsPart), c.ours.part(funcsPart)
	for _, e := range ours.entries {
		one := oneTime(e)
		if one == e || !strings.HasPrefix(e, "  static ") || ref.has(e) {
			continue
		}
		i := slices.IndexFunc(ref.entries, func(r string) bool { return oneTime(r) == one })
		name, functions := declaredName(one), 0
		for _, s := range c.ours.part(symbolsPart).entries {
			if strings.HasPrefix(s, "  LOCAL FUNC "+name+" in ") {
				functions++
			}
		}
		if i >= 0 && functions > 1 {
			ref.entries[i] = e
			n++
		}
	}
	return n
}

// garbageTypes removes types that our output lacks. All that refers to a type shows its name, and what is equal on
// both sides does so in both; so what we lack is referred to by nothing that stays. What must not go is a type that
// nothing referred to in an input already, as those are made on purpose.
func garbageTypes(c *comparison) int {
	n := 0
	for _, p := range c.ref.parts {
		if !strings.HasPrefix(p.title, "btf ") || p.title == sectionsPart || p.title == funcsPart {
			continue
		}
		ours := map[string]bool{}
		for _, e := range c.ours.part(p.title).entries {
			ours[bare(e)] = true
		}
		before := len(p.entries)
		p.entries = slices.DeleteFunc(p.entries, func(e string) bool { return !ours[bare(e)] && !c.loose(p.title, e) })
		n += before - len(p.entries)
	}
	return n
}

// typeHead is the name of the type that an entry of a BTF part defines.
var typeHead = regexp.MustCompile(`^  (?:(struct|union|enum) ([\w.$]+)|typedef .*?([\w.$]+)(?:#\d+)?(?:\)?\[[\d\]\[]*|\)\(.*)?$|([\w.$ ]+): )`)

// loose reports whether some input has the type of an entry and nothing there refers to it.
func (c *comparison) loose(title, entry string) bool {
	if title == loosePart || title == "btf duplicate unnamed types" {
		return slices.ContainsFunc(c.inputTexts, func(d *document) bool { return d.part(loosePart).has(oneTime(entry)) })
	}
	m := typeHead.FindStringSubmatch(bare(entry))
	if m == nil {
		return true
	}
	name := strings.TrimSpace(m[1] + " " + m[2] + m[3] + m[4])
	word := regexp.MustCompile(`(^|[^\w.$])` + regexp.QuoteMeta(name) + `($|[^\w.$])`)
	for _, d := range c.inputTexts {
		has, mentioned := false, false
		for _, p := range d.parts {
			for _, e := range p.entries {
				if p.title == title && bare(e) == bare(entry) {
					has = true
				} else if word.MatchString(bare(e)) {
					mentioned = true
				}
			}
		}
		if has && !mentioned {
			return true
		}
	}
	return false
}

// forwards resolves forward declarations in bpftool's text that ours has resolved.
func forwards(c *comparison) int {
	n := 0
	enums := c.ref.part("btf enums")
	for _, e := range slices.Clone(enums.entries) {
		if emptyEnum.MatchString(e) && !slices.ContainsFunc(c.ours.part("btf enums").entries, func(o string) bool { return bare(o) == bare(e) }) {
			enums.remove(e)
			n++
		}
	}
	if n > 0 {
		c.ref.unify()
	}
	p := c.ref.part(forwardPart)
	for _, e := range slices.Clone(p.entries) {
		head, ok := strings.CutSuffix(strings.TrimSpace(bare(e)), "; /* forward */")
		f := strings.Fields(head)
		if !ok || len(f) != 2 || c.ours.part(forwardPart).has(e) || len(c.ours.compounds(head)) != 1 || len(c.ref.compounds(head)) != 1 {
			continue
		}
		p.remove(e)
		n++
		for _, q := range c.ref.parts {
			for i := range q.entries {
				q.entries[i] = strings.ReplaceAll(q.entries[i], head+" /* forward */", head)
			}
			q.sort()
			q.merge()
		}
	}
	return n
}

// emptyEnum is what a forward declaration of an enum is in BTF.
var emptyEnum = regexp.MustCompile(`^  enum [\w.$]+(?:#\d+)? \{\n    /\* \d+ bytes \*/\n  \}$`)

// compounds returns the definitions of a struct or union.
func (d *document) compounds(head string) []string {
	var found []string
	for _, e := range d.part("btf " + strings.Fields(head)[0] + "s").entries {
		if strings.HasPrefix(bare(e), "  "+head+" {") {
			found = append(found, e)
		}
	}
	return found
}

// sort brings the entries of a BTF part in their order after an edit, and the variables of a section.
func (p *part) sort() {
	if !strings.HasPrefix(p.title, "btf ") {
		return
	}
	slices.Sort(p.entries)
	if p.title != sectionsPart {
		return
	}
	for i, e := range p.entries {
		head, rest, _ := strings.Cut(e, "\n")
		variables := strings.Split(strings.ReplaceAll(rest, "\n      ", "\r      "), "\n") // tags stay with theirs
		slices.Sort(variables)
		if rest != "" {
			p.entries[i] = strings.ReplaceAll(head+"\n"+strings.Join(variables, "\n"), "\r", "\n")
		}
	}
}

// merge joins entries that an edit made equal.
func (p *part) merge() {
	if strings.HasPrefix(p.title, "btf ") {
		p.entries = slices.Compact(p.entries)
	}
}

// constants removes the variables that bpftool has in the DATASEC of .rodata, without a symbol there, and that ours
// has in those of .rodata.cst* and .rodata.str*.
func constants(c *comparison) int {
	n := 0
	ref, ours := c.ref.part(sectionsPart), c.ours.part(sectionsPart)
	elsewhere := func(e string) bool {
		return strings.HasPrefix(e, "  .rodata.cst") || strings.HasPrefix(e, "  .rodata.str")
	}
	for i, e := range ref.entries {
		if !strings.HasPrefix(e, "  .rodata: ") {
			continue
		}
		lines := strings.Split(e, "\n")
		for k := len(lines) - 1; k > 0; k-- {
			member := misplaced.ReplaceAllString(lines[k], "")
			if member == lines[k] && !strings.HasSuffix(lines[0], "(no such section)") {
				continue
			}
			for m, o := range ours.entries {
				if elsewhere(o) && strings.Contains(o+"\n", "\n"+member+"\n") {
					ours.entries[m] = strings.Replace(o, "\n"+member, "", 1)
					lines = slices.Delete(lines, k, k+1)
					n++
					break
				}
			}
		}
		ref.entries[i] = strings.Join(lines, "\n")
	}
	if n > 0 { // those that have become empty: the other side has none
		empty := func(e string) bool {
			return !strings.Contains(e, "\n") && (elsewhere(e) || strings.HasSuffix(e, "(no such section)"))
		}
		ours.entries = slices.DeleteFunc(ours.entries, empty)
		ref.entries = slices.DeleteFunc(ref.entries, empty)
	}
	return n
}

// misplaced is what the text says of a member of a DATASEC that is not where it should be.
var misplaced = regexp.MustCompile(`( FAULT: no symbol| MISPLACED| at \d+)$`)
