package golden

import (
	"bytes"
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/bpfsdt/bpf-sdt-link/object"
)

// labelPrefix starts the label of a probe's entry in .bpf_sdt_notes.
const labelPrefix = "___sdt_jt_"

// compilerLabel is a label that older clangs leave in the symbol table: a jump's target, which shows as such.
// Not compiled before it is used: who links does not dump.
var compilerLabel = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(LBB[0-9]+_[0-9]+|\.L.*|\$.*)$`) })

// place is a position that symbols can name.
type place struct {
	section uint32
	offset  uint64
}

// named is a place and one of its names.
type named struct {
	name string
	at   place
}

// namer gives places in an object their symbolic names. Where several places have a symbol of one name, as static
// functions of several files do, each gets a number when it is first mentioned: "cb#1". Since the text mentions things
// in an order that is its own, the numbers do not depend on where the linker put them.
type namer struct {
	o         *object.Object
	bySection [][]int          // symbol indexes by value, for each section
	reach     [][]uint64       // for each of these, how far it and those before it reach
	relocs    [][]object.Reloc // of each section, by offset
	tables    map[place]uint32 // the code section that refers to a place in .jumptables
	places    map[string]int   // the number of distinct places of a name
	numbers   map[named]int    // the numbers of those that have been mentioned, from 1
	mentioned map[string]int   // how many of a name have been
	masked    bool             // gives every number as "?", for a text to sort by
}

func newNamer(o *object.Object) *namer {
	n := &namer{o: o, bySection: make([][]int, len(o.Sections)), reach: make([][]uint64, len(o.Sections)),
		relocs: make([][]object.Reloc, len(o.Sections)),
		tables: map[place]uint32{}, places: map[string]int{}, numbers: map[named]int{}, mentioned: map[string]int{}}
	known := map[named]bool{}
	for i := range o.Symbols {
		y := &o.Symbols[i]
		if !y.Defined() || y.Type == object.TypeSection || n.internal(i) {
			continue
		}
		n.bySection[y.Section] = append(n.bySection[y.Section], i)
		if p := (named{y.Name, place{y.Section, y.Value}}); !known[p] {
			known[p] = true
			n.places[y.Name]++
		}
	}
	for i := range o.Sections {
		n.relocs[i] = slices.Clone(o.Sections[i].Relocs)
		slices.SortStableFunc(n.relocs[i], func(a, b object.Reloc) int { return cmp.Compare(a.Offset, b.Offset) })
		n.findTables(uint32(i))
	}
	for s, syms := range n.bySection {
		slices.SortFunc(syms, n.before)
		n.reach[s] = make([]uint64, len(syms))
		end := uint64(0)
		for k, i := range syms {
			end = max(end, o.Symbols[i].Value+o.Symbols[i].Size)
			n.reach[s][k] = end
		}
	}
	return n
}

// findTables notes which jump tables the code of a section uses.
func (n *namer) findTables(code uint32) {
	s := &n.o.Sections[code]
	for _, r := range n.relocs[code] {
		y := &n.o.Symbols[r.Sym]
		if !s.Exec() || !y.Defined() || n.o.Sections[y.Section].Name != jumpTables {
			continue
		}
		if insn, ok := cut(s.Data, r.Offset, insnSize); ok && insn[0] == opLoadImm64 {
			at := place{y.Section, y.Value + uint64(word32(n.o.Order, insn))}
			if _, ok := n.tables[at]; !ok {
				n.tables[at] = code
			}
		}
	}
}

// internal reports whether a symbol is a label without a meaning of its own.
func (n *namer) internal(i int) bool {
	y := &n.o.Symbols[i]
	return y.Bind == object.Local && y.Type == object.TypeNone &&
		(strings.HasPrefix(y.Name, labelPrefix) || compilerLabel().MatchString(y.Name))
}

// before orders the symbols of a section by value; of several at one place, that which names it best comes last.
func (n *namer) before(i, j int) int {
	a, b := &n.o.Symbols[i], &n.o.Symbols[j]
	rank := func(y *object.Symbol) int {
		r := 0
		if y.Type == object.TypeFunc || y.Type == object.TypeObject {
			r = 4
		}
		switch y.Bind {
		case object.Global:
			r += 2
		case object.Weak:
			r++
		}
		return r
	}
	return cmp.Or(cmp.Compare(a.Value, b.Value), cmp.Compare(rank(a), rank(b)), cmp.Compare(b.Name, a.Name), cmp.Compare(i, j))
}

// symbol names symbol i itself.
func (n *namer) symbol(i uint32) string {
	y := &n.o.Symbols[i]
	if !y.Defined() {
		return y.Name
	}
	if n.places[y.Name] < 2 {
		return y.Name
	}
	if n.masked {
		return y.Name + "#?"
	}
	p := named{y.Name, place{y.Section, y.Value}}
	if n.numbers[p] == 0 {
		n.mentioned[y.Name]++
		n.numbers[p] = n.mentioned[y.Name]
	}
	return y.Name + "#" + strconv.Itoa(n.numbers[p])
}

// covering returns the symbol that holds a byte of a section, or that stands right at it.
func (n *namer) covering(section uint32, off uint64) (int, bool) {
	syms := n.bySection[section]
	k, _ := slices.BinarySearchFunc(syms, off, func(i int, off uint64) int {
		if n.o.Symbols[i].Value <= off {
			return -1
		}
		return 1
	})
	label := -1
	for k--; k >= 0; k-- {
		y := &n.o.Symbols[syms[k]]
		if off-y.Value < y.Size {
			return syms[k], true
		}
		if y.Value == off && label < 0 {
			label = syms[k]
		}
		if n.reach[section][k] <= off && y.Value != off {
			break
		}
	}
	return label, label >= 0
}

// at names a position in a section: by the symbol there, by what stands there where equal contents are as good, or,
// last, by the section and an offset in it.
func (n *namer) at(section uint32, off int64) string {
	s := &n.o.Sections[section]
	if off >= 0 {
		if i, ok := n.covering(section, uint64(off)); ok {
			return n.symbol(uint32(i)) + plus(off-int64(n.o.Symbols[i].Value))
		}
		if s.Flags&object.FlagMerge != 0 && uint64(off) < uint64(len(s.Data)) {
			rest := s.Data[off:]
			if s.Flags&object.FlagStrings != 0 && s.Entsize == 1 {
				text, _, _ := bytes.Cut(rest, []byte{0})
				return fmt.Sprintf("%s:%q", s.Name, text)
			}
			if s.Entsize > 0 && uint64(off)%s.Entsize == 0 && uint64(len(rest)) >= s.Entsize {
				return fmt.Sprintf("%s:%x", s.Name, rest[:s.Entsize])
			}
		}
	}
	return s.Name + plus(off)
}

func plus(off int64) string {
	switch {
	case off == 0:
		return ""
	case off < 0:
		return "-" + "0x" + strconv.FormatUint(uint64(-off), 16)
	}
	return "+0x" + strconv.FormatInt(off, 16)
}

// target names what a relocation with an addend in bytes stands for. Against a section symbol that is a position in
// the section. Any other symbol is named as such, for another definition may take its place.
func (n *namer) target(sym uint32, addend int64) string {
	y := &n.o.Symbols[sym]
	switch {
	case y.Type == object.TypeSection && y.Defined():
		return n.at(y.Section, addend)
	case !y.Defined():
		return y.Name + plus(addend)
	}
	if addend != 0 && outside(y, addend) {
		return n.at(y.Section, int64(y.Value)+addend)
	}
	return n.symbol(sym) + plus(addend)
}

// outside reports whether an addend to a symbol leads out of it; then the position says more than the symbol. The end
// of a variable is the variable's: what stands there is another's by chance.
func outside(y *object.Symbol, addend int64) bool {
	return addend < 0 || uint64(addend) > y.Size
}
