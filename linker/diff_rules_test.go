package linker_test

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/bpfsdt/bpf-sdt-link/object"
)

// comparison is the canonical texts of one link by bpftool and by us, from which the rules take what is meant to
// differ.
type comparison struct {
	inputs     []*object.Object
	inputTexts []*document // of each by itself
	ref, ours  *document
}

// rule is a difference that is meant. It takes what it names out of the text of one side, and says how often.
type rule struct {
	name        string
	explanation string
	apply       func(c *comparison) int
	// The rule must apply somewhere with the bpftools of these versions, 701 for 7.1; with others it may.
	first, last int
}

// latest is the last version of bpftool that the tests have been run with.
const latest = 701

// rules are in the order in which they are applied: what is dead goes first.
var rules = []rule{
	{"dead weak bodies", "the body of an overridden weak function stays in bpftool's output, with its records of .BTF.ext", deadBodies, 701, latest},
	{"unreachable functions", "static functions of .text that nothing reaches stay in bpftool's output", unreachable, 701, latest},
	{"functions in sections of their own", "bpftool leaves the .text.* of -ffunction-sections, here they are part of .text", foldText, 701, latest},
	{"symbols of dead code", "bpftool keeps undefined symbols that only removed code refers to", deadSymbols, 701, latest},
	{"weak by reference", "a reference makes a weak definition GLOBAL in bpftool's output, here it stays WEAK", weakReferences, 701, latest},
	{"promoted weak symbols", "a weak map that is used, and a weak function whose address is taken, are GLOBAL here: cilium/ebpf refuses them WEAK", promotions, 701, latest},
	{"second license symbols", "bpftool drops the symbols of a second copy of the license, here they are names of the copy that stays", licenseNames, 701, latest},
	{"sizes of maps with values", "bpftool takes the size of a map that another object declares from its type, without the values", valueSizes, 701, latest},
	{"parameter names", "bpftool writes a definition's parameter names into the prototype of its declaration, whatever else uses that", parameterNames, 701, latest},
	{"members not sorted", "bpftool leaves the members of a DATASEC in the order of the inputs", unsortedMembers, 701, latest},
	{"stale offsets", "bpftool leaves the offset of a DATASEC's member at that of an overridden definition or of an extern", staleOffsets, 701, latest},
	{"weak in several sections", "bpftool leaves a variable in the DATASEC of an overridden definition in another section, or in none", moved, 701, latest},
	{"merged functions", "bpftool merges the FUNCs of static functions of one name and prototype", mergedFuncs, 701, latest},
	{"forward declarations", "bpftool 7.1 leaves a forward declaration that no pair of equal types relates to the only struct or enum of the name", forwards, 701, 701},
	{"extern in a section", "bpftool makes an extern map or variable, declared in a section that its object has, a symbol of what stands first there", sectionExterns, 701, latest},
	{"constants outside of .rodata", "clang 14 lists constants of .rodata.cst16 and .rodata.str1.1 in the DATASEC of .rodata; bpftool leaves them there", constants, 701, latest},
	{"types of removed declarations", "bpftool keeps the types of declarations that another object's took the place of, and of removed code", garbageTypes, 701, latest},
}

// definitions returns how many inputs define a name strongly, weakly and refer to it.
func (c *comparison) definitions(name string) (strong, weak, undefined int) {
	for _, o := range c.inputs {
		for i := range o.Symbols {
			switch y := &o.Symbols[i]; {
			case y.Name != name || y.Bind == object.Local:
			case y.Section == object.Undef:
				undefined++
			case y.Bind == object.Weak:
				weak++
			default:
				strong++
			}
		}
	}
	return strong, weak, undefined
}

// weakReferences turns GLOBAL into WEAK where all definitions are weak and a reference is not.
func weakReferences(c *comparison) int {
	n := 0
	ref, ours := c.ref.part(symbolsPart), c.ours.part(symbolsPart)
	for i, e := range ref.entries {
		rest, ok := strings.CutPrefix(e, "  GLOBAL ")
		if !ok || !ours.has("  WEAK "+rest) {
			continue
		}
		strong, weak, undefined := c.definitions(strings.Fields(e)[2])
		if strong == 0 && weak > 0 && undefined > 0 {
			ref.entries[i] = "  WEAK " + rest
			n++
		}
	}
	return n
}

// promotions turns WEAK into GLOBAL where all definitions are weak and cilium/ebpf needs it.
func promotions(c *comparison) int {
	n := 0
	ref, ours := c.ref.part(symbolsPart), c.ours.part(symbolsPart)
	for i, e := range ref.entries {
		rest, ok := strings.CutPrefix(e, "  WEAK ")
		if !ok || !ours.has("  GLOBAL "+rest) {
			continue
		}
		name := strings.Fields(e)[2]
		strong, _, _ := c.definitions(name)
		used := strings.Contains(rest, " in .maps ") && c.ours.mentions(name) || c.ours.takesAddress(name)
		if strong == 0 && used {
			ref.entries[i] = "  GLOBAL " + rest
			n++
		}
	}
	return n
}

// takesAddress reports whether code or data of a document holds the address of a function.
func (d *document) takesAddress(name string) bool {
	if !slices.ContainsFunc(d.part(symbolsPart).entries, func(e string) bool { return strings.Contains(e, " FUNC "+name+" ") }) {
		return false
	}
	address := regexp.MustCompile(`(= &|\.quad )` + regexp.QuoteMeta(name) + `$`)
	return slices.ContainsFunc(d.parts, func(p *part) bool { return slices.ContainsFunc(p.entries, address.MatchString) })
}

// licenseNames gives bpftool's license the names that ours has beside the first.
func licenseNames(c *comparison) int {
	n := 0
	ref, ours := c.ref.part(symbolsPart), c.ours.part(symbolsPart)
	for _, e := range ours.entries {
		if f := strings.Fields(e); !strings.Contains(e, " OBJECT ") || !strings.Contains(e, " in license ") || ref.has(e) || c.count(f[2]) == 0 {
			continue
		}
		ref.entries = append(ref.entries, e)
		n++
	}
	if n == 0 {
		return 0
	}
	slices.SortFunc(ref.entries, func(a, b string) int {
		return cmp.Or(cmp.Compare(strings.Fields(a)[2], strings.Fields(b)[2]), cmp.Compare(a, b))
	})
	title := func(d *document) *part {
		i := slices.IndexFunc(d.parts, func(p *part) bool { return strings.HasPrefix(p.title, "data license ") })
		return d.parts[i]
	}
	title(c.ref).title = title(c.ours).title
	return n
}

// count returns how many inputs have a symbol of a name that is not local.
func (c *comparison) count(name string) int {
	strong, weak, undefined := c.definitions(name)
	return strong + weak + undefined
}

// sectionExterns leaves an extern undefined in bpftool's text too.
func sectionExterns(c *comparison) int {
	n := 0
	ref, ours := c.ref.part(symbolsPart), c.ours.part(symbolsPart)
	for i, e := range ref.entries {
		undefined, in, ok := strings.Cut(e, " in ")
		if !ok || !strings.Contains(e, " NOTYPE ") || !ours.has(undefined+" UND") {
			continue
		}
		name := strings.Fields(e)[2]
		if strong, weak, _ := c.definitions(name); strong+weak > 0 {
			continue
		}
		ref.entries[i] = undefined + " UND"
		n++
		for _, p := range c.ref.parts {
			if section, names := p.symbols(); section == in && slices.Contains(names, name) {
				names = slices.DeleteFunc(names, func(s string) bool { return s == name })
				p.title = "data " + in + " " + strings.Join(names, ", ") + ":"
			}
		}
	}
	return n
}
