// Bench compares the linker with bpftool, on the sets that scripts/workload makes, and measures how both grow with the
// size of the input. 'make bench' builds it and runs it.
//
//	bench [-sets NAMES] [-growth NAMES] [-rounds N] [-bpftool COMMAND] [-out DIR] [-update-docs]
//	bench -from RESULTS.json [-update-docs]
//
// Whole processes are measured, one of each tool in turn, with warm files: the medians of wall-clock time, of CPU time
// and of the largest resident set. The tables go to standard output, and with all values to DIR/results.json; with
// -update-docs the tables of docs/performance.md are rewritten. Nothing fails for being slow.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// options are the command line.
type options struct {
	sets, growth, out     string
	from                  string
	bpftool, tool, clang  string
	launch, workload, dir string
	rounds                int
	updateDocs            bool
}

func main() {
	var o options
	flag.StringVar(&o.sets, "sets", strings.Join(defaultSets, ","), "the sets to link, or none, `NAMES`")
	flag.StringVar(&o.growth, "growth", strings.Join(defaultGrowth(), ","), "the kinds of growth to measure, or none, `NAMES`")
	flag.IntVar(&o.rounds, "rounds", 7, "how often each tool runs on a set, `N`; less if it takes more than 3 s")
	flag.StringVar(&o.bpftool, "bpftool", "bpftool", "what to compare with, `COMMAND`")
	flag.StringVar(&o.tool, "tool", "build/bpf-sdt-link", "the linker, `FILE`")
	flag.StringVar(&o.launch, "launch", "build/launch", "the program of scripts/bench/launch, `FILE`")
	flag.StringVar(&o.workload, "workload", "build/workload", "the program of scripts/workload, `FILE`")
	flag.StringVar(&o.clang, "clang", "", "compiles the sets, `COMMAND`")
	flag.StringVar(&o.dir, "dir", "build/bench", "where the sets are, `DIR`")
	flag.StringVar(&o.out, "out", "build/bench", "where results go, `DIR`")
	flag.StringVar(&o.from, "from", "", "measure nothing, take the results of an earlier run, `FILE`")
	flag.BoolVar(&o.updateDocs, "update-docs", false, "rewrite the tables of docs/performance.md")
	flag.Parse()
	// bpftool is in /usr/sbin, which is not in the PATH of every user.
	os.Setenv("PATH", os.Getenv("PATH")+":/usr/sbin:/sbin")
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(o options) error {
	var res *results
	var err error
	if o.from != "" {
		res, err = readResults(o.from)
	} else if res, err = measure(o); err == nil {
		err = res.write(filepath.Join(o.out, "results.json"))
	}
	if err != nil {
		return err
	}
	fmt.Println(res.machine() + "\n" + res.setTable() + "\n" + res.growthTable())
	if o.updateDocs {
		return updateDocs("docs/performance.md", res)
	}
	return nil
}

func measure(o options) (*results, error) {
	b, err := newBench(o)
	if err != nil {
		return nil, err
	}
	res := &results{Machine: b.describe()}
	for _, name := range split(o.sets) {
		row, err := b.compare(name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		res.Sets = append(res.Sets, row)
	}
	for _, name := range split(o.growth) {
		g, err := b.grow(name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		res.Growth = append(res.Growth, g)
	}
	res.Machine.Compiler, res.Machine.Load = b.compiler, loadAverage()
	res.Floor, err = b.floor()
	return res, err
}

// results is what results.json has.
type results struct {
	Machine machine  `json:"machine"`
	Floor   floor    `json:"floor"`
	Sets    []row    `json:"sets"`
	Growth  []growth `json:"growth"`
}

func readResults(path string) (*results, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var r results
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &r, nil
}

func (r *results) write(path string) error {
	text, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

// split reads names with commas between them; "none" and "" are no names.
func split(list string) []string {
	if list == "" || list == "none" {
		return nil
	}
	return strings.Split(list, ",")
}
