package linker_test

import (
	"cmp"
	"context"
	"strings"
	"sync"
	"testing"

	canonical "github.com/bpfsdt/bpf-sdt-link/golden"
	"github.com/bpfsdt/bpf-sdt-link/linker"
)

// tally counts how often each named difference and each refusal is met.
type tally struct {
	mu    sync.Mutex
	count map[string]int
}

func (c *tally) add(name string, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count[name] += n
}

const renamedLocals = "renamed locals"

// TestDifferential links the corpus with `bpftool gen object` and with us, and compares what the results mean. All
// that differs has a name in rules or in refusals, and each of those is met.
func TestDifferential(t *testing.T) {
	version := needReference(t)
	met := tally{count: map[string]int{}}
	eachCorpusLink(t, func(t *testing.T, l corpusLink) { l.compare(t, version, &met) })
	if t.Failed() {
		return
	}
	t.Logf("bpftool %d.%d: %d links compared, %d equal as they are, %d refused", version/100, version%100, met.count["compared"],
		met.count["equal"], met.count["refused"])
	for _, r := range rules {
		t.Logf("difference '%s': %d times", r.name, met.count[r.name])
		if met.count[r.name] == 0 && version >= r.first && version <= r.last {
			t.Errorf("nothing differs by '%s' with bpftool %d", r.name, version)
		}
	}
	t.Logf("difference '%s': %d times", renamedLocals, met.count[renamedLocals])
	for _, r := range refusals {
		t.Logf("refusal '%s': %d times", r.name, met.count[r.name])
		if met.count[r.name] == 0 && version <= latest {
			t.Errorf("nothing is refused for '%s' with bpftool %d", r.name, version)
		}
	}
}

func (l *corpusLink) compare(t *testing.T, version int, met *tally) {
	if l.order == "eb" && version < 708 {
		return // refused; TestByteOrders compares these with ours
	}
	ref := l.reference(t)
	refText := ""
	if ref.object != nil {
		var err error
		if refText, err = canonical.Dump("bpftool's", ref.object); err != nil {
			ref.refusal = "unreadable: " + err.Error()
		}
	}
	res, err := linker.Link(context.Background(), l.inputs, linker.Options{})
	ids := errorIDs(t, err)
	if ref.refusal != "" || err != nil {
		names := explain(l.name, ref.refusal, ids)
		if names == nil {
			t.Errorf("%s:\nbpftool: %s\nhere: %s", l.name, cmp.Or(ref.refusal, "links"), cmp.Or(strings.Join(ids, ", "), "links"))
			return
		}
		met.add("refused", 1)
		for _, name := range names {
			met.add(name, 1)
		}
		return
	}
	met.add("compared", 1)
	if refText == dump(t, l.name, res.Object) {
		met.add("equal", 1)
		return
	}
	c := comparison{inputs: l.parse(t)}
	for _, in := range l.inputs {
		c.inputTexts = append(c.inputTexts, newDocument(dump(t, in.Name, in.Data)))
	}
	out, renamed := bareNames(res.Object, c.inputs)
	met.add(renamedLocals, renamed)
	c.ref, c.ours = newDocument(refText), newDocument(dump(t, l.name, out))
	var applied []string
	for _, r := range rules {
		if n := r.apply(&c); n > 0 {
			met.add(r.name, n)
			applied = append(applied, r.name)
		}
	}
	if d := canonical.Diff("bpftool", c.ref.text(), "here", c.ours.text()); d != "" {
		t.Errorf("%s differs from what bpftool makes, beside %q:\n%s", l.name, strings.Join(applied, ", "), d)
	}
}
