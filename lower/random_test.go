package lower_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bpfsdt/bpf-sdt-link/diag"
	"github.com/bpfsdt/bpf-sdt-link/linker"
	"github.com/bpfsdt/bpf-sdt-link/lower/interp"
)

var (
	randomPrograms = flag.Int("lower.programs", 2000, "how many random programs TestRandom lowers, `N`")
	randomSeed     = flag.Uint64("lower.seed", 1, "the seed of the first random program, `N`; the others follow")
)

// mode is a way to link the probes of a random program.
type mode struct {
	name    string
	options func(p *randProgram) linker.Options
	prefix  string // of the functions whose calls are hits
}

func call(patterns ...string) []linker.ProbeRule {
	return []linker.ProbeRule{{Mode: linker.ProbeCall, Patterns: patterns}}
}

var modes = []mode{
	{"call", func(*randProgram) linker.Options { return linker.Options{Probes: call()} }, ""},
	{"some", func(*randProgram) linker.Options { return linker.Options{Probes: call("p[02]")} }, ""},
	{"prefix", func(*randProgram) linker.Options { return linker.Options{Probes: call(), StubPrefix: "stub_"} }, "stub_"},
	{"attach", func(p *randProgram) linker.Options {
		var o linker.Options
		for _, probe := range p.probes {
			o.Attach = append(o.Attach, linker.Attachment{Probe: probe.name, Function: "rec_" + probe.name})
		}
		return o
	}, "rec_"},
	{"strip", func(*randProgram) linker.Options {
		return linker.Options{Probes: []linker.ProbeRule{{Mode: linker.ProbeStrip, Patterns: []string{"p[13]"}}}}
	}, ""},
}

// mayRefuse are the reasons for which a random program cannot be lowered.
var mayRefuse = []string{"lower-stack", "lower-frame", "lower-frames", "lower-unset"}

// counts are what became of random programs.
type counts struct {
	links, hits, sites, lowered atomic.Int64
	mu                          sync.Mutex
	refused                     map[string]int
}

// TestRandom lowers random programs in every way, and runs them and what is made of them in an interpreter: they have to
// do the same, and the probes have to tell the same.
func TestRandom(t *testing.T) {
	c := &counts{refused: map[string]int{}}
	var wg sync.WaitGroup
	next := atomic.Uint64{}
	next.Store(*randomSeed)
	end := *randomSeed + uint64(*randomPrograms)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for seed := next.Add(1) - 1; seed < end && !t.Failed(); seed = next.Add(1) - 1 {
				if err := c.test(seed); err != nil {
					t.Errorf("-lower.seed=%d: %v", seed, err)
				}
			}
		})
	}
	wg.Wait()
	t.Logf("%d programs with %d sites, %d links, %d sites lowered, %d hits compared; refused: %v",
		*randomPrograms, c.sites.Load(), c.links.Load(), c.lowered.Load(), c.hits.Load(), c.refused)
	if c.hits.Load() == 0 {
		t.Error("no probe was hit")
	}
}

// test makes one program and checks it.
func (c *counts) test(seed uint64) error {
	var order binary.ByteOrder = binary.LittleEndian
	if seed%8 == 0 {
		order = binary.BigEndian
	}
	return c.check(generate(seed, false), order, seed)
}

// check lowers a program in all ways, and compares what it does then; seed makes its inputs.
func (c *counts) check(p *randProgram, order binary.ByteOrder, seed uint64) error {
	data, err := p.object(order)
	if err != nil {
		return err
	}
	plain, err := link(data, linker.Options{})
	if err != nil {
		return fmt.Errorf("plain: %w", err)
	}
	want, err := run(p, plain.Object, "", seed)
	if err != nil {
		return fmt.Errorf("plain: %w", err)
	}
	for _, f := range p.funcs {
		c.sites.Add(int64(len(f.sites)))
	}
	for _, m := range modes {
		if err := c.mode(p, m, data, want, seed); err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
	}
	return nil
}

func (c *counts) mode(p *randProgram, m mode, data []byte, want []*interp.Result, seed uint64) error {
	opts := m.options(p)
	res, err := link(data, opts)
	var failure *diag.Failure
	if errors.As(err, &failure) {
		for _, d := range failure.Diagnostics {
			if d.Severity != diag.Error {
				continue
			}
			if !slices.Contains(mayRefuse, d.ID) {
				return err
			}
			c.mu.Lock()
			c.refused[d.ID]++
			c.mu.Unlock()
		}
		if len(opts.Attach) > 0 {
			opts.Probes = call()
		}
		for i := range opts.Probes {
			opts.Probes[i].BestEffort = true
		}
		res, err = link(data, opts)
	}
	if err != nil {
		return err
	}
	c.links.Add(1)
	for _, pr := range res.Probes {
		for _, s := range pr.Sites {
			c.lowered.Add(int64(min(1, s.Linked)))
		}
	}
	again, err := link(res.Object, linker.Options{})
	if err != nil {
		return fmt.Errorf("linked again: %w", err)
	}
	if !bytes.Equal(again.Object, res.Object) {
		return errors.New("a second link changes the output")
	}
	got, err := run(p, res.Object, m.prefix, seed)
	if err != nil {
		return err
	}
	stripped := func(probe string) bool { return m.name == "strip" && (probe == "p1" || probe == "p3") }
	for i := range want {
		if err := c.compare(p, m.prefix, want[i], got[i], stripped); err != nil {
			return fmt.Errorf("input %d: %w", i, err)
		}
	}
	return nil
}

func link(data []byte, o linker.Options) (*linker.Result, error) {
	return linker.Link(context.Background(), []linker.Input{{Name: "random.o", Data: data}}, o)
}

// run runs a linked program on some inputs.
func run(p *randProgram, obj []byte, prefix string, seed uint64) (results []*interp.Result, err error) {
	m, err := interp.Load(obj)
	if err != nil {
		return nil, err
	}
	traced := map[string]int{}
	for _, probe := range p.probes {
		traced[prefix+probe.name] = len(probe.types)
	}
	for i := range uint64(3) {
		ctx := make([]byte, 24)
		for k := range ctx {
			ctx[k] = byte((seed + 1) * (i*7 + uint64(k)*13 + 1))
		}
		r, err := m.Run("main", ctx, interp.Options{Traced: traced, Sites: true})
		if err != nil {
			return nil, fmt.Errorf("input %d: %w", i, err)
		}
		results = append(results, r)
	}
	return results, nil
}

// compare holds a run against that of the plain program.
func (c *counts) compare(p *randProgram, prefix string, want, got *interp.Result, stripped func(string) bool) error {
	if want.R0 != got.R0 || want.R0Set != got.R0Set {
		return fmt.Errorf("returns %#x, want %#x", got.R0, want.R0)
	}
	if !bytes.Equal(want.Context, got.Context) || !maps.EqualFunc(want.Data, got.Data, bytes.Equal) {
		return errors.New("leaves other memory")
	}
	w, g := hits(p, want.Hits, ""), hits(p, got.Hits, prefix)
	w = slices.DeleteFunc(w, func(s string) bool {
		name, _, _ := strings.Cut(s, "(")
		return stripped(name)
	})
	c.hits.Add(int64(len(w)))
	if d := cmp.Diff(w, g); d != "" {
		return fmt.Errorf("the probes tell (-want +got):\n%s", d)
	}
	return nil
}

// hits is the text of what probes told, of each argument as much as its type is wide.
func hits(p *randProgram, list []interp.Hit, prefix string) (text []string) {
	text = []string{}
	for _, h := range list {
		name := strings.TrimPrefix(h.Name, prefix)
		var args []string
		for _, probe := range p.probes {
			for i, t := range probe.types {
				if probe.name == name && i < len(h.Args) {
					args = append(args, fmt.Sprintf("%#x", t.value(h.Args[i])))
				}
			}
		}
		text = append(text, name+"("+strings.Join(args, ", ")+")")
	}
	return text
}
