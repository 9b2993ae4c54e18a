package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/bpfsdt/bpf-sdt-link/linker"
)

// measureFlags are for who wants to know where the time of a link goes.
var measureFlags = []cli.Flag{
	&cli.IntFlag{Name: "threads", DefaultText: "as many as there are cores, or GOMAXPROCS",
		Usage: "use `N` threads at most; the output does not depend on it"},
	&cli.BoolFlag{Name: "time-phases", Usage: "print to standard error how long each phase of the link took"},
	&cli.StringFlag{Name: "cpuprofile", Usage: "write a CPU profile to `FILE`, for 'go tool pprof'"},
}

// meter watches one link: it takes the time of the phases, and shows progress on a terminal.
type meter struct {
	start  time.Time
	since  time.Time // of the phase at hand
	phase  string
	phases []phaseTime

	bar *bar // nil: do not show progress
}

// phaseTime is how long the parts of a link of one name took.
type phaseTime struct {
	Phase   string  `json:"phase"`
	Seconds float64 `json:"seconds"`
}

func (t *tool) newMeter() *meter {
	m := &meter{start: time.Now()}
	m.since = m.start
	if !t.json && showsEscapes(t.stderr) {
		m.bar = newBar(t.stderr)
	}
	return m
}

// enter ends one phase and starts another.
func (m *meter) enter(phase string) {
	if phase == m.phase {
		return
	}
	now := time.Now()
	if m.phase != "" {
		m.add(m.phase, now.Sub(m.since))
	}
	m.phase, m.since = phase, now
}

func (m *meter) add(phase string, d time.Duration) {
	for i := range m.phases {
		if m.phases[i].Phase == phase {
			m.phases[i].Seconds += d.Seconds()
			return
		}
	}
	m.phases = append(m.phases, phaseTime{phase, d.Seconds()})
}

// progress is told by the linker what it is at.
func (m *meter) progress(p linker.Progress) {
	if p.Phase != m.phase && (p.Phase == "resolve" || p.Phase == "btf") {
		collect()
	}
	m.enter(p.Phase)
	if m.bar != nil {
		m.bar.update(p)
	}
}

// firstCollection is the size of the heap, in bytes, at which the garbage collector runs first. With the 4 MB that it starts
// at by itself, a link of ten objects has three collections.
const firstCollection = 32 << 20

// Percentages for the collector. Of a heap that is not large, thrift costs nearly nothing: most of what a link makes
// stays, and little of that has pointers to follow. Of a large one it gains nothing that is worth looking at all of it again.
const (
	thrifty   = 40
	generous  = 200
	largeHeap = 64 << 20 // bytes
)

// tuneCollector has the collector wait for a heap that is worth it.
func tuneCollector() {
	if os.Getenv("GOGC") != "" {
		return
	}
	const least = 4 << 20 // at 100 percent
	debug.SetGCPercent(100 * firstCollection / least)
	afterCollection(func() {
		debug.SetGCPercent(thrifty)
		watchHeap()
	})
}

// watchHeap has the collector be generous once the heap is large.
func watchHeap() {
	afterCollection(func() {
		var m runtime.MemStats
		if runtime.ReadMemStats(&m); m.HeapAlloc > largeHeap {
			debug.SetGCPercent(generous)
			return
		}
		watchHeap()
	})
}

// afterCollection calls fn after the next collection, which is when the finalizer of something unreachable runs.
func afterCollection(fn func()) { runtime.SetFinalizer(new([16]byte), func(*[16]byte) { fn() }) }

// collectOver is the size of a heap, in bytes, over which it is worth a collection to get the inputs' memory back.
const collectOver = 16 << 20

// collect runs the garbage collector if there is much to gain: after inputs are read, of which half is not needed any more,
// and when their code has gone, just before BTF is merged. What is made then fits in its place.
func collect() {
	var m runtime.MemStats
	if runtime.ReadMemStats(&m); m.HeapAlloc > collectOver {
		runtime.GC()
	}
}

// hide takes the progress off the terminal, before anything else is written there.
func (m *meter) hide() {
	if m.bar != nil {
		m.bar.hide()
		m.bar = nil
	}
}

// report prints the times of the phases.
func (m *meter) report(t *tool) {
	total := phaseTime{"total", time.Since(m.start).Seconds()}
	if t.json {
		enc := json.NewEncoder(t.stderr)
		for _, p := range append(m.phases, total) {
			_ = enc.Encode(p)
		}
		return
	}
	for _, p := range append(m.phases, total) {
		fmt.Fprintf(t.stderr, "%-10s %9.3f ms\n", p.Phase, p.Seconds*1000)
	}
}

// profile writes a CPU profile of what runs until stop is called.
func profile(name string) (stop func() error, err error) {
	f, err := os.Create(name)
	if err != nil {
		return nil, &fileError{name, "write", err}
	}
	w := &profileWriter{f: f}
	if err := pprof.StartCPUProfile(w); err != nil {
		return nil, errors.Join(&fileError{name, "write", err}, f.Close())
	}
	return func() error {
		pprof.StopCPUProfile()
		if err := cmp.Or(w.err, f.Close()); err != nil {
			return &fileError{name, "write", err}
		}
		return nil
	}, nil
}

// profileWriter remembers an error of writing, which pprof does not tell.
type profileWriter struct {
	f   *os.File
	err error
}

func (w *profileWriter) Write(p []byte) (int, error) {
	n, err := w.f.Write(p)
	w.err = cmp.Or(w.err, err)
	return n, err
}
