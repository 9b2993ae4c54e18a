package linker_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"

	"github.com/bpfsdt/bpf-sdt-link/code"
	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/linker"
	"github.com/bpfsdt/bpf-sdt-link/object"
)

var lowerSeeds = flag.Int("lower-seeds", 1, "how often TestLowerCorpus lowers the corpus, at other places each time, `N`")

// lowerTally counts what the test met.
type lowerTally struct {
	objects, undescribed, unread int // links, and of them those without all BTF, and those that cilium/ebpf does not read
	programs, facts, unsteady    int // programs that load without sites, and what was compared of them
	inserted, lowered, dropped   int // sites
	refused                      map[string]int
	tooComplex, reasons          []string
}

// lowerNot are links whose programs say nothing about sites, and why.
var lowerNot = map[string]string{
	"cilium/testdata/linked-el.elf": "bpftool left the bodies of overridden functions in it, and cilium/ebpf ties func_info to the wrong instructions",
}

// TestLowerCorpus puts probe sites before a quarter of all instructions of the corpus and lowers them. A program that
// loads without them loads with them, and does the same, but where the verifier gives up for the program's size.
func TestLowerCorpus(t *testing.T) {
	needKernel(t)
	tally := &lowerTally{refused: map[string]int{}}
	for seed := range *lowerSeeds {
		for _, g := range corpusGroups {
			t.Run(fmt.Sprintf("%s/%d", g.name, seed), func(t *testing.T) {
				for _, l := range g.load(t) {
					if l.order == "el" && !l.chance {
						tally.test(t, l, uint64(seed))
					}
				}
			})
		}
	}
	tally.report(t)
	if !t.Failed() && (tally.programs == 0 || tally.lowered < tally.inserted/2) {
		t.Errorf("the test did next to nothing")
	}
}

// test links the inputs of a link with and without sites and compares what the two do.
func (n *lowerTally) test(t *testing.T, l corpusLink, seed uint64) {
	// The stubs are linked in both times: they are one more object, and it is the sites that are under test.
	inputs := append(slices.Clip(l.inputs), linker.InsertedStubs(binary.LittleEndian))
	res, err := linker.Link(context.Background(), inputs, linker.Options{})
	if err != nil {
		return // a test of what is refused
	}
	n.objects++
	lowered := n.lower(t, l, inputs, seed)
	if lowered == nil {
		return
	}
	spec, err := ebpf.LoadCollectionSpecFromReader(bytes.NewReader(res.Object))
	if err != nil {
		n.unread++
		return
	}
	if lowerNot[l.name] != "" || !described(spec) {
		n.undescribed++
		return
	}
	n.compare(t, l.name, res.Object, lowered)
}

// compare loads and runs an object without and with sites: as a whole if the one without can be loaded so and that with
// is not too much, else program by program.
func (n *lowerTally) compare(t *testing.T, name string, plain, lowered []byte) {
	for _, whole := range []bool{true, false} {
		before, err := behave(plain, whole)
		if err != nil {
			t.Fatal(err)
		}
		if before.refused[""] != nil {
			continue
		}
		after, err := behave(lowered, whole)
		if err != nil {
			t.Errorf("%s: cilium/ebpf reads the object without sites, and not the one with: %v", name, err)
			return
		}
		if err := after.refused[""]; err != nil && complexity(err) {
			continue
		}
		n.compareLoads(t, name, before, after)
		n.compareFacts(t, name, before, after, func() (*behaviour, error) { return behave(plain, whole) })
		return
	}
}

// compareLoads compares which programs load. What is said of one that is too large with its sites is forgotten.
func (n *lowerTally) compareLoads(t *testing.T, name string, before, after *behaviour) {
	for _, program := range slices.Sorted(maps.Keys(after.refused)) {
		err := after.refused[program]
		switch {
		case before.refused[program] != nil:
			continue
		case complexity(err):
			n.tooComplex = append(n.tooComplex, name+" "+program+": "+err.Error())
		default:
			t.Errorf("%s: program %q loads without sites, and not with: %s", name, program, lastOfLog(err))
		}
		maps.DeleteFunc(before.facts, func(fact, _ string) bool {
			return program == "" || strings.HasPrefix(fact, program+" ") || strings.HasPrefix(fact, program+": ")
		})
	}
}

// compareFacts compares results and maps, but for those that differ from run to run: times, addresses, random numbers.
func (n *lowerTally) compareFacts(t *testing.T, name string, before, after *behaviour, again func() (*behaviour, error)) {
	for _, fact := range slices.Sorted(maps.Keys(before.facts)) {
		n.facts++
		if strings.HasSuffix(fact, " loads") {
			n.programs++
		}
		got, want := after.facts[fact], before.facts[fact]
		if strings.Contains(name, "/computed_goto/") && strings.HasSuffix(fact, "map .rodata") {
			continue // a table of labels, which have moved
		}
		if got != want && samePlaceInPage(got, want) {
			n.unsteady++
			continue
		}
		for try := 0; got != want; try++ {
			if try == 20 {
				t.Errorf("%s: %s: %s without sites, %s with", name, fact, want, got)
				break
			}
			other, err := again()
			if err != nil {
				t.Fatal(err)
			}
			if other.facts[fact] != want {
				n.unsteady++
				break
			}
		}
	}
}

// samePlaceInPage reports whether two results are those of a program that returns the address of its packet: they differ
// by whole pages. The kernel may use one page again for many runs, so that running once more does not tell.
func samePlaceInPage(a, b string) bool {
	numA, restA, _ := strings.Cut(a, ",")
	numB, restB, _ := strings.Cut(b, ",")
	x, errA := strconv.ParseInt(numA, 10, 64)
	y, errB := strconv.ParseInt(numB, 10, 64)
	return errA == nil && errB == nil && restA == restB && (x-y)%4096 == 0
}

// lastOfLog is an error with the end of the verifier's log.
func lastOfLog(err error) string {
	text := err.Error()
	var v *ebpf.VerifierError
	if errors.As(err, &v) {
		text += "\n" + strings.Join(v.Log[max(0, len(v.Log)-12):], "\n")
	}
	return text
}

// siteKey is where a site is: before an instruction, counted in units of 8 bytes from the start of a function.
type siteKey struct {
	object, function string
	insn             int
}

// lower links with sites before a quarter of all instructions, the same ones for a seed. Those that are refused are left
// out of the next try.
func (n *lowerTally) lower(t *testing.T, l corpusLink, inputs []linker.Input, seed uint64) []byte {
	chosen, left := map[siteKey]bool{}, map[siteKey]bool{}
	opts := linker.WithSites(linker.Options{}, func(q linker.SiteQuery) ([]uint8, bool) {
		regs, ok := choose(l.name, q, seed)
		key := siteKey{q.Object, q.Function, q.Insn}
		if !ok || left[key] {
			return nil, false
		}
		chosen[key] = true
		return regs, true
	})
	for try := range 100 {
		clear(chosen)
		res, err := linker.Link(context.Background(), inputs, opts)
		if try == 0 {
			n.inserted += len(chosen)
		}
		if err == nil {
			n.count(t, l, chosen, siteTags(t, res.Object))
			return res.Object
		}
		var failure *diag.Failure
		if !errors.As(err, &failure) || !n.refuse(t, l, failure, left) {
			t.Errorf("%s: with sites: %v", l.name, err)
			return nil
		}
	}
	t.Errorf("%s: sites are refused, and more after those are gone, without an end", l.name)
	return nil
}

// count holds the sites that were put in against those that BTF names. Those of functions that the link has dropped
// are not there.
func (n *lowerTally) count(t *testing.T, l corpusLink, chosen map[siteKey]bool, tags map[string]int) {
	want, objects := map[string]int{}, map[string]map[string]bool{}
	for key := range chosen {
		want[key.function]++
		if objects[key.function] == nil {
			objects[key.function] = map[string]bool{}
		}
		objects[key.function][key.object] = true
	}
	lowered := 0
	for _, c := range tags {
		lowered += c
	}
	n.lowered += lowered
	n.dropped += len(chosen) - lowered
	for function, c := range want {
		// One of several functions of a name may be dropped, or renamed.
		if got, ok := tags[function]; ok && got != c && len(objects[function]) == 1 && tags[function+".2"] == 0 && !l.defines(t, function) {
			t.Errorf("%s: %d sites were put into %s, and %d are in BTF", l.name, c, function, got)
		}
	}
}

// defines reports whether several of the inputs define a function.
func (l *corpusLink) defines(t *testing.T, function string) bool {
	count := 0
	for _, o := range l.parse(t) {
		for i := range o.Symbols {
			if s := &o.Symbols[i]; s.Name == function && s.Type == object.TypeFunc && s.Defined() {
				count++
			}
		}
	}
	return count > 1
}

// choose decides whether there is a site before an instruction, and which registers hold its arguments.
func choose(link string, q linker.SiteQuery, seed uint64) ([]uint8, bool) {
	h := fnv.New64a()
	fmt.Fprint(h, link, q.Object, q.Section, q.Function, q.Insn)
	r := rand.New(rand.NewPCG(h.Sum64(), seed))
	if r.IntN(4) != 0 {
		return nil, false
	}
	regs := make([]uint8, r.IntN(6))
	for i := range regs {
		regs[i] = uint8(r.IntN(11))
	}
	return regs, true
}

// refuse notes which sites a link refuses. Each has its reason and its place.
func (n *lowerTally) refuse(t *testing.T, l corpusLink, failure *diag.Failure, left map[siteKey]bool) bool {
	before := len(left)
	for _, d := range failure.Diagnostics {
		if d.Severity != diag.Error {
			continue
		}
		key, ok := l.site(t, d.Place)
		if !ok || !strings.HasPrefix(d.ID, "lower-") || d.Message == "" || d.Hint == "" {
			return false
		}
		if !left[key] {
			left[key] = true
			n.refused[d.ID]++
			n.reasons = append(n.reasons, l.name+": "+d.Message)
		}
	}
	return len(left) > before
}

// site finds the instruction that a place is.
func (l *corpusLink) site(t *testing.T, at diag.Place) (siteKey, bool) {
	for _, o := range l.parse(t) {
		for i := range o.Symbols {
			s := &o.Symbols[i]
			if o.Name == at.Object && s.Name == at.Symbol && s.Type == object.TypeFunc && s.Defined() && o.Sections[s.Section].Name == at.Section {
				return siteKey{o.Name, s.Name, int(at.Offset-s.Value) / code.InsnSize}, at.HasOffset
			}
		}
	}
	return siteKey{}, false
}

// siteTags counts the lowered sites that the BTF of an object names, by function.
func siteTags(t *testing.T, obj []byte) map[string]int {
	t.Helper()
	o, err := object.Parse("an object", bytes.Clone(obj))
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(o.Sections, func(s object.Section) bool { return s.Name == ".BTF" })
	if i < 0 {
		return nil
	}
	spec, err := btf.LoadSpecFromReader(bytes.NewReader(o.Sections[i].Data))
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for typ, err := range spec.All() {
		if err != nil {
			t.Fatal(err)
		}
		f, ok := typ.(*btf.Func)
		if !ok {
			continue
		}
		count[f.Name] += 0
		for _, tag := range f.Tags {
			if strings.HasPrefix(tag, "bpf_sdt_site:inserted_") {
				count[f.Name]++
			}
		}
	}
	return count
}

// described reports whether there is func_info of every function. The kernel does not take a program of which it has only
// some, and the stubs have it.
func described(spec *ebpf.CollectionSpec) bool {
	for _, p := range spec.Programs {
		for i := range p.Instructions {
			if ins := &p.Instructions[i]; ins.Symbol() != "" && btf.FuncMetadata(ins) == nil {
				return false
			}
		}
	}
	return true
}

func (n *lowerTally) report(t *testing.T) {
	t.Logf("%d links, %d of them of objects without BTF of each function, %d not read by cilium/ebpf", n.objects, n.undescribed, n.unread)
	t.Logf("%d programs load without sites; %d results and maps of them compared, %d differ from run to run", n.programs, n.facts, n.unsteady)
	refused := 0
	for _, c := range n.refused {
		refused += c
	}
	t.Logf("%d sites put in: %d lowered, %d refused, %d in functions that the link dropped", n.inserted, n.lowered, refused, n.dropped)
	if n.lowered+refused+n.dropped != n.inserted {
		t.Errorf("the sites do not add up")
	}
	for _, id := range slices.Sorted(maps.Keys(n.refused)) {
		t.Logf("refused, %s: %d", id, n.refused[id])
	}
	for _, r := range n.reasons {
		t.Log("refused: ", r)
	}
	t.Logf("%d programs are too much for the verifier with their sites", len(n.tooComplex))
	for _, s := range n.tooComplex {
		t.Log("too much for the verifier: ", s)
	}
}
