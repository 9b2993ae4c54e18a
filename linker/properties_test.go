package linker_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	canonical "github.com/bpfsdt/bpf-sdt-link/golden"
	"github.com/bpfsdt/bpf-sdt-link/linker"
	"github.com/bpfsdt/bpf-sdt-link/object"
)

// What must hold of every link of the corpus, whatever the objects.

// link links inputs; nil if they are refused.
func link(inputs []linker.Input, opts linker.Options) []byte {
	res, err := linker.Link(context.Background(), inputs, opts)
	if err != nil {
		return nil
	}
	return res.Object
}

// eachSampled is eachCorpusLink without most of the pairs that only happen to go together.
func eachSampled(t *testing.T, test func(t *testing.T, l corpusLink)) {
	eachCorpusLink(t, func(t *testing.T, l corpusLink) {
		if h := sha256.Sum256([]byte(l.name)); !l.chance || h[0]%16 == 0 || strings.Contains(l.name, "linked") {
			test(t, l)
		}
	})
}

func named(name string, obj []byte) linker.Input { return linker.Input{Name: name, Data: obj} }

// meaning is the canonical text of an output of ours without what depends on the order of the inputs by rule: which
// of several locals of one name keeps it.
func (l *corpusLink) meaning(t *testing.T, obj []byte) *document {
	t.Helper()
	out, _ := bareNames(obj, l.parse(t))
	return newDocument(dump(t, l.name, out))
}

func (l *corpusLink) same(t *testing.T, what string, want, got *document) {
	t.Helper()
	if d := canonical.Diff("want", want.text(), "got", got.text()); d != "" {
		t.Errorf("%s: %s:\n%s", l.name, what, d)
	}
}

// TestRelink links every output once more: nothing is left to be done.
func TestRelink(t *testing.T) {
	eachSampled(t, func(t *testing.T, l corpusLink) {
		once := link(l.inputs, linker.Options{})
		if once == nil {
			return
		}
		twice := link([]linker.Input{named("output.o", once)}, linker.Options{})
		if !bytes.Equal(once, twice) {
			t.Errorf("%s: linking the output once more changes it:\n%s", l.name,
				canonical.Diff("once", dump(t, l.name, once), "twice", dump(t, l.name, twice)))
		}
	})
}

// TestInputOrder links the inputs in every order.
func TestInputOrder(t *testing.T) {
	eachSampled(t, func(t *testing.T, l corpusLink) {
		if len(l.inputs) < 2 || len(l.inputs) > 4 {
			return
		}
		if strings.HasPrefix(l.name, "golden/note/") {
			return // bytes without symbols stand in the order of the inputs
		}
		first := link(l.inputs, linker.Options{})
		var want *document
		if first != nil {
			want = l.comparable(t, first)
		}
		var index []string
		for i := range l.inputs {
			index = append(index, fmt.Sprint(i))
		}
		for _, order := range orders(index...)[1:] {
			var inputs []linker.Input
			for _, s := range order {
				inputs = append(inputs, l.inputs[slices.Index(index, s)])
			}
			obj := link(inputs, linker.Options{})
			if (obj == nil) != (first == nil) {
				t.Errorf("%s: links in one of the orders %v and %v only", l.name, index, order)
			} else if obj != nil {
				l.same(t, fmt.Sprintf("the order %v means something else", order), want, l.comparable(t, obj))
			}
		}
	})
}

// ties returns the names that have several weak definitions and no other: the first of the inputs wins.
func (l *corpusLink) ties(t *testing.T) []string {
	c := comparison{inputs: l.parse(t)}
	var names []string
	for _, o := range c.inputs {
		for i := range o.Symbols {
			if name := o.Symbols[i].Name; name != "" {
				if strong, weak, _ := c.definitions(name); strong == 0 && weak > 1 && !slices.Contains(names, name) {
					names = append(names, name)
				}
			}
		}
	}
	return names
}

// comparable is the meaning of an output without what the order of the inputs may change: how much padding there is,
// and what is the first input's by rule.
func (l *corpusLink) comparable(t *testing.T, obj []byte) *document {
	d := l.meaning(t, obj)
	if l.differ(t, func(d *document) string { return strings.Join(d.licenses(), "\n") }) { // the first input's license stays
		for _, title := range []string{"sections", sectionsPart} {
			p := d.part(title)
			p.entries = slices.DeleteFunc(p.entries, func(e string) bool { return strings.HasPrefix(e, "  license: ") })
		}
	}
	for _, title := range []string{"sections", sectionsPart} {
		p := d.part(title)
		for i, e := range p.entries {
			p.entries[i] = paddedSize.ReplaceAllString(e, "$1")
		}
	}
	if l.differ(t, func(d *document) string { return d.declarations() }) { // of probes; the first of the most complete stays
		d.remove(func(p *part) bool { return strings.HasPrefix(p.title, "btf ") && p.title != sectionsPart })
	}
	for _, p := range d.parts { // what overridden variables leave behind
		if _, names := p.symbols(); p.data() && len(names) == 0 && len(p.entries) == 1 {
			p.entries[0] = zeroTail.ReplaceAllString(p.entries[0], "")
		}
	}
	return d.without(l.ties(t))
}

var zeroTail = regexp.MustCompile(`( 00)* +\|.*$`)

var paddedSize = regexp.MustCompile(`^(  [^\n]*?)( size \d+|: \d+ bytes)`)

// differ reports whether a text of those inputs that have it differs.
func (l *corpusLink) differ(t *testing.T, of func(d *document) string) bool {
	t.Helper()
	texts := map[string]bool{}
	for _, in := range l.inputs {
		if text := of(newDocument(dump(t, in.Name, in.Data))); text != "" {
			texts[text] = true
		}
	}
	return len(texts) > 1
}

// licenses returns what there is about the section license.
func (d *document) licenses() []string {
	var all []string
	for _, title := range []string{"sections", sectionsPart} {
		for _, e := range d.part(title).entries {
			if strings.HasPrefix(e, "  license: ") {
				all = append(all, e)
			}
		}
	}
	return all
}

// declarations returns the declarations of probes.
func (d *document) declarations() string {
	for _, e := range d.part(sectionsPart).entries {
		if strings.HasPrefix(e, "  .debug_bpf_sdt_types: ") {
			return e
		}
	}
	return ""
}

// without leaves out the contents of functions and variables.
func (d *document) without(names []string) *document {
	if len(names) == 0 {
		return d
	}
	d.remove(func(p *part) bool {
		_, symbols := p.symbols()
		unused := p.data() && len(symbols) == 0 // what stays of weak variables that are not used
		return unused || p.title == "probes" || slices.ContainsFunc(symbols, func(s string) bool { return slices.Contains(names, bare(s)) })
	})
	symbols := d.part(symbolsPart)
	for i, e := range symbols.entries {
		if slices.Contains(names, strings.Fields(e)[2]) {
			symbols.entries[i], _, _ = strings.Cut(e, " in ")
		}
	}
	return d
}

// TestPartialLinks links some of the inputs first, and the output with the rest.
func TestPartialLinks(t *testing.T) {
	eachSampled(t, func(t *testing.T, l corpusLink) {
		whole := link(l.inputs, linker.Options{})
		if whole == nil || len(l.inputs) > 4 {
			return
		}
		if strings.HasPrefix(l.name, "corpus/common/") {
			return // the first link places common symbols, and then they are definitions
		}
		want := l.comparable(t, whole)
		for start := range l.inputs {
			for end := start + 1; end <= len(l.inputs); end++ {
				rest := slices.Concat(l.inputs[:start], l.inputs[end:])
				kinds := []linker.Options{{KeepWeak: true, KeepUnreachable: true}}
				if !overrides(t, rest, l.inputs[start:end]) {
					kinds = append(kinds, linker.Options{})
				}
				for _, opts := range kinds {
					partial := link(l.inputs[start:end], opts)
					inputs := slices.Concat(l.inputs[:start], []linker.Input{named("partial.o", partial)}, l.inputs[end:])
					obj := link(inputs, linker.Options{})
					if partial == nil || obj == nil {
						t.Errorf("%s: does not link when inputs %d to %d are linked first", l.name, start, end-1)
						continue
					}
					l.same(t, fmt.Sprintf("linking inputs %d to %d first (%+v) means something else", start, end-1, opts), want, l.comparable(t, obj))
				}
			}
		}
	})
}

// overrides reports whether inputs define what others define weakly.
func overrides(t *testing.T, inputs, weak []linker.Input) bool {
	t.Helper()
	a, b := corpusLink{inputs: inputs}, corpusLink{inputs: weak}
	ca, cb := comparison{inputs: a.parse(t)}, comparison{inputs: b.parse(t)}
	for _, o := range cb.inputs {
		for i := range o.Symbols {
			if y := &o.Symbols[i]; y.Bind == object.Weak && y.Defined() {
				if strong, weak, _ := ca.definitions(y.Name); strong+weak > 0 {
					return true
				}
			}
		}
	}
	return false
}

// TestSingleObject links single objects: the output means what the input does, but for what the linker is there to do.
func TestSingleObject(t *testing.T) {
	eachSampled(t, func(t *testing.T, l corpusLink) {
		if len(l.inputs) > 1 {
			return
		}
		if l.name == "corpus/function_sections/clang14.el/b.o" || l.name == "corpus/function_sections/clang14.eb/b.o" {
			return // clang 14 lists a variable of .data.counted in the DATASEC .data; here it gets one of its own
		}
		if strings.HasPrefix(l.name, "golden/cplusplus/") {
			return // groups go, with the names of their sections and what the kernel does not take
		}
		obj := link(l.inputs, linker.Options{KeepWeak: true, KeepUnreachable: true})
		if obj == nil {
			return
		}
		want, got := newDocument(dump(t, l.name, l.inputs[0].Data)), l.meaning(t, obj)
		want.finish(got)
		want.withoutDeclarations()
		got.withoutDeclarations()
		l.same(t, "the output of a single object means something else", want, got)
	})
}

// clangSection is the head of a DATASEC that has no sizes and offsets yet.
var clangSection = regexp.MustCompile(`^(  \S+): 0 bytes(?: \(no such section\))?`)

// finish does to the text of an input what a linker does to the object: DATASECs get their sizes, and constants that
// clang 14 has in the wrong one get their own; jump tables are local; equal types are one.
func (d *document) finish(linked *document) {
	p, theirs := d.part(sectionsPart), linked.part(sectionsPart)
	i := slices.IndexFunc(p.entries, func(e string) bool { return strings.HasPrefix(e, "  .rodata: ") })
	k := slices.IndexFunc(theirs.entries, func(e string) bool { return strings.HasPrefix(e, "  .rodata: ") })
	if i >= 0 && k >= 0 {
		lines := strings.Split(p.entries[i], "\n")
		for n, line := range lines[1:] {
			if !strings.Contains(theirs.entries[k]+"\n", "\n"+line+"\n") {
				lines[n+1] += " MISPLACED"
			}
		}
		p.entries[i] = strings.Join(lines, "\n")
	}
	constants(&comparison{ref: d, ours: linked})
	foldText(&comparison{ref: d, ours: linked})
	d.placeCommons(linked)
	for i, e := range p.entries {
		if m := clangSection.FindStringSubmatch(e); m != nil {
			for _, o := range linked.part(sectionsPart).entries {
				head, _, _ := strings.Cut(o, "\n")
				if strings.HasPrefix(head, m[1]+": ") {
					p.entries[i] = head + e[len(m[0]):]
				}
			}
		}
		p.entries[i] = strings.ReplaceAll(p.entries[i], " MISPLACED", "") // by bpftool, which made one of the objects
	}
	symbols := d.part(symbolsPart)
	for i, e := range symbols.entries {
		if strings.Contains(e, " in .jumptables ") {
			symbols.entries[i] = strings.Replace(e, "GLOBAL", "LOCAL", 1)
		}
	}
	const sizes = ".stack_sizes" // read, and not carried
	sections := d.part("sections")
	sections.entries = slices.DeleteFunc(sections.entries, func(e string) bool { return strings.HasPrefix(e, "  "+sizes+":") })
	d.remove(func(p *part) bool { return strings.HasPrefix(p.title, "data "+sizes+" ") })
	loose, twice := d.part(loosePart), d.part("btf duplicate unnamed types")
	loose.entries = slices.DeleteFunc(loose.entries, func(e string) bool {
		return slices.ContainsFunc(twice.entries, func(o string) bool { return oneTime(o) == oneTime(e) })
	})
}

// placeCommons gives common symbols the place in .bss that the linker gave them.
func (d *document) placeCommons(linked *document) {
	symbols, theirs := d.part(symbolsPart), linked.part(symbolsPart)
	for i, e := range symbols.entries {
		head, tail, ok := strings.Cut(e, " COMMON ")
		_, size, _ := strings.Cut(tail, " size ")
		placed := head + " in .bss size " + size
		if !ok || !theirs.has(placed) {
			continue
		}
		symbols.entries[i] = placed
		linked.remove(func(p *part) bool { return p.title == "data .bss "+strings.Fields(e)[2]+":" })
		bss := func(e string) bool { return strings.HasPrefix(e, "  .bss: ") }
		for _, title := range []string{"sections", sectionsPart} {
			p, q := d.part(title), linked.part(title)
			p.entries, q.entries = slices.DeleteFunc(p.entries, bss), slices.DeleteFunc(q.entries, bss)
		}
	}
	loose := "btf variables of no section"
	d.remove(func(p *part) bool { return p.title == loose && len(linked.part(loose).entries) == 0 })
}

// withoutDeclarations leaves out the declarations of probes, of which one for each stays, in no section, and the numbers
// of the labels of sites; types that are there twice are once.
func (d *document) withoutDeclarations() {
	ofProbe := func(e string) bool { return strings.Contains(e, "__sdt_") || strings.Contains(e, ".debug_bpf_sdt_") }
	probes := slices.ContainsFunc(d.parts, func(p *part) bool { return p.title == "probes" || slices.ContainsFunc(p.entries, ofProbe) })
	d.remove(func(p *part) bool {
		return p.title == "btf duplicate unnamed types" || p.data() && ofProbe(p.title) || p.title == "btf variables of no section" && probes
	})
	for _, p := range d.parts {
		if p.code() || p.data() {
			continue
		}
		p.entries = slices.DeleteFunc(p.entries, ofProbe)
		if p.title == "probes" {
			for i, e := range p.entries {
				p.entries[i] = siteNumber.ReplaceAllString(e, "$1(")
			}
			slices.Sort(p.entries)
		}
	}
}

var siteNumber = regexp.MustCompile(`^(  [^.(]+)\.\d+\(`)

// TestRepeated links the same inputs many times, on one processor and on several.
func TestRepeated(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var most corpusLink // inputs, of those that are not large
	for _, l := range slices.Concat(goldenLinks(t), kernelLinks(t), folderLinks(t)) {
		size := 0
		for _, in := range l.inputs {
			size += len(in.Data)
		}
		if len(l.inputs) > len(most.inputs) && size < 64<<10 && link(l.inputs, linker.Options{}) != nil {
			most = l
		}
	}
	digests := map[[sha256.Size]byte]int{}
	for i := range 1000 {
		runtime.GOMAXPROCS(1 + i%4)
		digests[sha256.Sum256(link(most.inputs, linker.Options{}))]++
	}
	if len(digests) != 1 {
		t.Errorf("1000 links of %s give %d outputs", most.name, len(digests))
	}
}

// TestByteOrders compares the links of one source's objects of both byte orders.
func TestByteOrders(t *testing.T) {
	compared := 0
	for _, g := range corpusGroups {
		t.Run(g.name, func(t *testing.T) {
			links := g.load(t)
			byName := map[string]*corpusLink{}
			for i := range links {
				byName[links[i].name] = &links[i]
			}
			for i := range links {
				el := &links[i]
				eb := byName[el.twin]
				if el.order != "el" || eb == nil {
					continue
				}
				little, big := link(el.inputs, linker.Options{}), link(eb.inputs, linker.Options{})
				if (little == nil) != (big == nil) {
					t.Errorf("%s links in one byte order only", el.name)
				}
				if little == nil || big == nil {
					continue
				}
				compared++
				want, got := orderless(t, little), orderless(t, big)
				for k := range el.inputs { // what the compiler made different
					a, b := orderless(t, el.inputs[k].Data), orderless(t, eb.inputs[k].Data)
					for _, p := range a.parts {
						if q := b.part(p.title); !slices.Equal(p.entries, q.entries) {
							other := func(o *part) bool { return bare(o.title) == bare(p.title) }
							want.remove(other)
							got.remove(other)
						}
					}
				}
				el.same(t, "the byte orders mean different things", want, got)
			}
		})
	}
	if compared == 0 {
		t.Error("nothing to compare")
	}
}

// hexRow is a row of data, which the byte order changes where the meaning is the same.
var hexRow = regexp.MustCompile(`(?m)^  [0-9a-f]{2}( [0-9a-f]{2})* .*\n`)

// orderless is a text without what the byte order changes by its nature.
func orderless(t *testing.T, obj []byte) *document {
	t.Helper()
	d := newDocument(hexRow.ReplaceAllString(dump(t, "object", obj), ""))
	d.order = ""
	return d
}

// TestEveryOutput looks into all outputs for what none may have.
func TestEveryOutput(t *testing.T) {
	eachSampled(t, func(t *testing.T, l corpusLink) {
		obj := link(l.inputs, linker.Options{})
		if obj == nil {
			return
		}
		// bpftool's own output is an input too, and keeps its dead bodies.
		inInput := func(line string) bool {
			return slices.ContainsFunc(l.inputs, func(in linker.Input) bool { return strings.Contains(dump(t, in.Name, in.Data), line) })
		}
		for line := range strings.Lines(dump(t, l.name, obj)) {
			for _, bad := range []string{"FAULT:", " MISPLACED", strayPart, "btf unused strings", "btf duplicate unnamed types"} {
				if strings.Contains(line, bad) && !strings.HasPrefix(line, "  ; ") && !inInput(line) {
					t.Errorf("%s: in the output: %s", l.name, line)
				}
			}
		}
		o, err := object.Parse("output", obj)
		if err != nil {
			t.Fatal(err)
		}
		names := map[string]bool{}
		for i := range o.Symbols {
			if y := &o.Symbols[i]; y.Type == object.TypeFunc && y.Defined() {
				if names[y.Name] {
					t.Errorf("%s: two functions are named %s", l.name, y.Name)
				}
				names[y.Name] = true
			}
		}
	})
}
