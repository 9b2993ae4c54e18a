package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// sample is what one run took, or the medians of some.
type sample struct {
	Seconds float64 `json:"seconds"`
	CPU     float64 `json:"cpu_seconds"`
	MiB     float64 `json:"mib"`
	Runs    int     `json:"runs"`
}

// bench is the tools, and where things are. All paths are absolute.
type bench struct {
	tool, bpftool, bpftoolVersion string
	launch, workload, clang, dir  string
	rounds, limit                 int    // limit: seconds for a run
	compiler                      string // of the sets
}

// slow is where one run is as good as many, in seconds; startLimit is what a bpftool without LLVM needs not to start.
const (
	slow       = 3
	startLimit = 0.015
	hardLimit  = 300 // seconds after which a run is given up
)

var errLate = errors.New("took too long, given up")

func newBench(o options) (*bench, error) {
	b := &bench{clang: o.clang, rounds: max(o.rounds, 1), limit: hardLimit}
	for path, to := range map[string]*string{o.tool: &b.tool, o.launch: &b.launch, o.workload: &b.workload, o.dir: &b.dir} {
		var err error
		if *to, err = filepath.Abs(path); err != nil {
			return nil, err
		}
	}
	path, err := exec.LookPath(o.bpftool)
	if err != nil {
		return nil, err
	}
	if b.bpftool, err = filepath.Abs(path); err != nil {
		return nil, err
	}
	return b, b.checkBpftool()
}

// checkBpftool refuses one that links LLVM: its start would be measured, not its linker.
func (b *bench) checkBpftool() error {
	out, err := exec.Command(b.bpftool, "version").Output()
	if err != nil {
		return fmt.Errorf("%s version: %w", b.bpftool, err)
	}
	var llvm bool
	if b.bpftoolVersion, llvm, err = bpftoolVersion(string(out)); err != nil {
		return err
	}
	start, err := b.median(b.rounds, "", b.bpftool, "version")
	if err != nil {
		return err
	}
	if llvm || start.Seconds > startLimit {
		return fmt.Errorf("%s takes %.0f ms to start, for it links LLVM: compare with a build without it (-bpftool)", b.bpftoolVersion, 1000*start.Seconds)
	}
	return nil
}

// once runs a command in dir and returns what it took.
func (b *bench) once(dir string, command ...string) (sample, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return sample{}, err
	}
	defer r.Close()
	cmd := exec.Command(b.launch, append([]string{fmt.Sprint(b.limit)}, command...)...)
	cmd.Dir, cmd.ExtraFiles = dir, []*os.File{w}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	err = cmd.Run()
	w.Close()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 124 {
		return sample{}, errLate
	}
	if err != nil {
		return sample{}, fmt.Errorf("%s: %w\n%.2000s", filepath.Base(command[0]), err, stderr.String())
	}
	text, err := io.ReadAll(r)
	if err != nil {
		return sample{}, err
	}
	return parseSample(string(text))
}

func parseSample(text string) (sample, error) {
	var wall, cpu, kib float64
	if _, err := fmt.Sscan(text, &wall, &cpu, &kib); err != nil {
		return sample{}, fmt.Errorf("the launcher printed %q: %w", text, err)
	}
	return sample{wall / 1e9, cpu / 1e6, kib / 1024, 1}, nil
}

// median runs a command several times.
func (b *bench) median(rounds int, dir string, command ...string) (sample, error) {
	var all []sample
	for range rounds {
		s, err := b.once(dir, command...)
		if err != nil {
			return s, err
		}
		all = append(all, s)
	}
	return medians(all), nil
}

func medians(all []sample) sample {
	of := func(value func(sample) float64) float64 {
		v := make([]float64, len(all))
		for i, s := range all {
			v[i] = value(s)
		}
		slices.Sort(v)
		if n := len(v); n%2 == 0 {
			return (v[n/2-1] + v[n/2]) / 2
		}
		return v[len(v)/2]
	}
	if len(all) == 0 {
		return sample{}
	}
	return sample{
		of(func(s sample) float64 { return s.Seconds }),
		of(func(s sample) float64 { return s.CPU }),
		of(func(s sample) float64 { return s.MiB }),
		len(all),
	}
}

// link is a command, and the folder of the set that it links. No command: not wanted.
type link struct {
	dir     string
	command []string
}

// pair runs the linkers in turn, round after round, so that a slow phase of the machine falls on all of them. The first
// round warms up, but for what is slow: that does not run again. The result is
// nil for what fails or is not wanted.
func (b *bench) pair(links []link) ([]*sample, []error) {
	all := make([][]sample, len(links))
	errs := make([]error, len(links))
	for round := -1; round < b.rounds; round++ {
		for j := range links {
			i := (j + round + 1) % len(links)
			last := len(all[i]) - 1
			if links[i].command == nil || errs[i] != nil || last >= 0 && all[i][last].Seconds > slow {
				continue
			}
			s, err := b.once(links[i].dir, links[i].command...)
			if errs[i] = err; err == nil {
				all[i] = append(all[i], s)
			}
		}
	}
	out := make([]*sample, len(links))
	for i, s := range all {
		if errs[i] == nil && len(s) > 0 {
			if len(s) > 1 {
				s = s[1:]
			}
			m := medians(s)
			out[i] = &m
		}
	}
	return out, errs
}

// set is what scripts/workload says of a set, in its set.json.
type set struct {
	Name    string `json:"name"`
	MadeBy  string `json:"made_by"`
	Objects int    `json:"objects"`
	Bytes   int    `json:"bytes"`
	Types   int    `json:"btf_types"`
	Globals int    `json:"global_symbols"`
}

// prepare makes a set and reads its files, so that they are in memory.
func (b *bench) prepare(name string) (s set, dir string, inputs []string, err error) {
	args := []string{"-dir", b.dir, "-bpftool", b.bpftool}
	if b.clang != "" {
		args = append(args, "-clang", b.clang)
	}
	if out, err := exec.Command(b.workload, append(args, name)...).CombinedOutput(); err != nil {
		return s, "", nil, fmt.Errorf("%w\n%s", err, out)
	}
	dir = filepath.Join(b.dir, name)
	text, err := os.ReadFile(filepath.Join(dir, "set.json"))
	if err != nil {
		return s, "", nil, err
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return s, "", nil, err
	}
	b.compiler = compilerOf(s.MadeBy)
	for i := range s.Objects {
		inputs = append(inputs, fmt.Sprintf("obj/%05d.o", i))
	}
	return s, dir, inputs, nil
}

// compilerOf finds the compiler in what a set says of how it was made.
func compilerOf(madeBy string) string {
	for part := range strings.SplitSeq(madeBy, ", ") {
		if strings.Contains(part, "clang") {
			return part
		}
	}
	return "an unknown compiler"
}

func (b *bench) ours(dir string, inputs []string) link {
	return link{dir, append([]string{b.tool, "link", "-o", "linked.o"}, inputs...)}
}

func (b *bench) theirs(dir string, inputs []string) link {
	return link{dir, append([]string{b.bpftool, "gen", "object", "reference.o"}, inputs...)}
}
