package mutate

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Flags of long runs by hand.
var (
	count    = flag.Int("mutations", 3000, "how many mutated inputs a test of mutations makes for each of its targets, `N`")
	seed     = flag.Uint64("mutation-seed", 1, "the `seed` of the mutations")
	from     = flag.Int("mutation-from", 0, "start with input `N` of a seed, and not with the first")
	procs    = flag.Int("mutation-procs", 1, "how many inputs are tried at once, `N`")
	only     = flag.String("mutation-target", "", "only the target of this `name`")
	findsDir = flag.String("mutation-finds", "", "the `directory` for inputs that fail; a temporary one if it is not given")
)

// Bounds of one check. They are far over what is used, and under what a fault takes.
const (
	timeFloor    = 5 * time.Second
	timePerByte  = 100 * time.Microsecond
	hang         = 2 * time.Minute
	memoryFloor  = 64 << 20
	bytesPerByte = 4096
)

// Run gives mutated inputs to each target and prints what became of them.
func Run(t *testing.T, targets ...Target) {
	for i := range targets {
		if *only != "" && *only != targets[i].Name {
			continue
		}
		t.Run(targets[i].Name, func(t *testing.T) {
			n := *count / max(targets[i].Share, 1)
			if testing.Short() {
				n = min(n, 300)
			}
			(&run{t: t, target: &targets[i], total: n}).all()
		})
	}
}

// run is one run of one target.
type run struct {
	t      *testing.T
	target *Target
	total  int
	next   atomic.Int64 // of the inputs that are tried
	mu     sync.Mutex
	counts map[string]int  // by outcome
	finds  map[string]bool // by message without numbers
}

func (r *run) all() {
	r.counts, r.finds = map[string]int{}, map[string]bool{}
	start := time.Now()
	var wg sync.WaitGroup
	for range max(*procs, 1) {
		wg.Go(r.work)
	}
	wg.Wait()
	took := time.Since(start)
	r.t.Logf("%d executions in %.1f s, %.0f/s; %d different finds", r.total, took.Seconds(), float64(r.total)/took.Seconds(), len(r.finds))
	names := make([]string, 0, len(r.counts))
	for name := range r.counts {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return r.counts[b] - r.counts[a] })
	for _, name := range names {
		r.t.Logf("%9d %s", r.counts[name], name)
	}
}

// work tries inputs until all are done.
func (r *run) work() {
	var bufs [3][]byte
	counts := map[string]int{}
	for {
		n := r.next.Add(1) - 1
		if n >= int64(r.total) {
			break
		}
		g := rng(*seed<<40 + uint64(int64(*from)+n))
		data := g.script()
		outcome, err := r.try(data, &bufs)
		counts[outcome]++
		if err != nil {
			r.find(data, err)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for name, n := range counts {
		r.counts[name] += n
	}
}

// try gives one input to the target: a panic, too long a time and too much memory are errors.
func (r *run) try(data []byte, bufs *[3][]byte) (outcome string, err error) {
	in := r.target.input(data, bufs)
	watch := time.AfterFunc(hang, func() {
		r.save(data, in)
		panic(fmt.Sprintf("%s: no end after %s", r.target.Name, hang))
	})
	defer watch.Stop()
	before, start := allocated(), time.Now()
	outcome, err = r.check(in)
	if err != nil {
		return "FIND", err
	}
	if limit := timeFloor + time.Duration(in.size)*timePerByte; time.Since(start) > limit {
		return "FIND", fmt.Errorf("took more than %s", limit)
	}
	if allocated()-before > memoryLimit(in) {
		if n := r.allocates(in); n > memoryLimit(in) {
			return "FIND", fmt.Errorf("took %d bytes of memory for %d bytes", n, in.size)
		}
	}
	return outcome, nil
}

func memoryLimit(in *Input) uint64 { return memoryFloor + uint64(in.size)*bytesPerByte }

// allocates measures what a check takes: the least of some times, because others take memory too.
func (r *run) allocates(in *Input) uint64 {
	least := uint64(1 << 63)
	for range 3 {
		var a, b runtime.MemStats
		runtime.ReadMemStats(&a)
		r.check(in)
		runtime.ReadMemStats(&b)
		least = min(least, b.TotalAlloc-a.TotalAlloc)
	}
	return least
}

// allocated returns how many bytes have been allocated so far, nearly.
func allocated() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

func (r *run) check(in *Input) (outcome string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v at %s", p, panicPlace(string(debug.Stack())))
		}
	}()
	copies := make([][]byte, len(in.Data))
	for i := range in.Data {
		copies[i] = bytes.Clone(in.Data[i])
	}
	outcome, err = r.target.Check(in)
	for i := range in.Data {
		if !bytes.Equal(copies[i], in.Data[i]) {
			return "", errors.New("an input was changed")
		}
	}
	return outcome, err
}

// frame is a line of a stack that names a place in a file.
var frame = regexp.MustCompile(`([^/\s]+/[^/\s]+\.go:\d+)`)

// panicPlace returns the places from where it panicked, innermost first.
func panicPlace(stack string) string {
	_, stack, _ = strings.Cut(stack, "panic(")
	places := frame.FindAllString(stack, 6)
	return strings.Join(places[min(1, len(places)):], " < ")
}

var digits = regexp.MustCompile(`0x[0-9a-f]+|\d+|'[^']*'|"[^"]*"`)

// find reports an input that fails, made as small as it gets: one for each message.
func (r *run) find(data []byte, err error) {
	what := digits.ReplaceAllString(err.Error(), "N")
	r.mu.Lock()
	known := r.finds[what] || len(r.finds) >= 50
	r.finds[what] = true
	r.mu.Unlock()
	if known {
		return
	}
	data = r.minimize(data, what)
	var bufs [3][]byte
	in := r.target.input(data, &bufs)
	r.t.Errorf("%v\n  seeds %v, mode %d; saved as %s", err, in.Names, in.Mode, r.save(data, in))
}

// minimize takes out operations as long as the failure is the same.
func (r *run) minimize(data []byte, what string) []byte {
	var bufs [3][]byte
	same := func(d []byte) bool {
		_, err := r.check(r.target.input(d, &bufs))
		return err != nil && digits.ReplaceAllString(err.Error(), "N") == what
	}
	for at := headSize; at < len(data); {
		if less := slices.Delete(slices.Clone(data), at, min(at+opSize, len(data))); same(less) {
			data = less
		} else {
			at += opSize
		}
	}
	return data
}

// save writes the data of an input to files and returns the name they have in common.
func (r *run) save(data []byte, in *Input) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if *findsDir == "" {
		dir, err := os.MkdirTemp("", "mutation-finds-")
		if err != nil {
			return err.Error()
		}
		*findsDir = dir
	}
	name := filepath.Join(*findsDir, fmt.Sprintf("%s-%08x", r.target.Name, hash(data)))
	err := os.WriteFile(name+".fuzz", fmt.Appendf(nil, "go test fuzz v1\n[]byte(%q)\n", data), 0o644)
	for i, d := range in.Data {
		err = errors.Join(err, os.WriteFile(fmt.Sprintf("%s-%d-mode%d.o", name, i, in.Mode), d, 0o644))
	}
	if err != nil {
		return err.Error()
	}
	return name
}

// hash is FNV-1a.
func hash(data []byte) uint32 {
	h := uint32(2166136261)
	for _, b := range data {
		h = (h ^ uint32(b)) * 16777619
	}
	return h
}
