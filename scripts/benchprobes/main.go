// Benchprobes measures what a probe costs on this machine, in nanoseconds a site, for every way to link it, next to a
// call of a BPF function that is written by hand in C. It prints a table in Markdown.
//
//	benchprobes [-rounds N] [-repeat N] [-clang COMMAND]
//
// It needs root, clang and libbpf's headers. What the kernel does not permit is left out of the table, and said.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/bpfsdt/bpf-sdt-link/scripts/host"
)

// sites is how many places testdata/probes.c has.
const sites = 16

func main() {
	rounds := flag.Int("rounds", 25, "how often each program is measured, `N`; the table has medians")
	repeat := flag.Int("repeat", 300_000, "how often a program runs in a measurement, `N`")
	clang := flag.String("clang", "", "the compiler; the newest that is there, if not given")
	flag.Parse()
	if err := run(*clang, *rounds, *repeat); err != nil {
		fmt.Fprintln(os.Stderr, "benchprobes:", err)
		os.Exit(1)
	}
}

func run(clang string, rounds, repeat int) error {
	if os.Geteuid() != 0 {
		return errors.New("loading programs needs root")
	}
	if rounds < 1 || repeat < 1 {
		return errors.New("there is nothing to measure")
	}
	cc, err := newCompiler(clang)
	if err != nil {
		return err
	}
	defer cc.close()
	variants, err := loadAll(cc)
	defer func() {
		for _, v := range variants {
			v.close()
		}
	}()
	if err != nil {
		return err
	}
	if err := measure(variants, rounds, repeat); err != nil {
		return err
	}
	fmt.Print(report(cc.version, variants, rounds, repeat))
	return nil
}

// report is the table, with all that one has to know to compare it with another.
func report(clang string, variants []*variant, rounds, repeat int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Kernel %s, %s, %s.\n", host.KernelVersion(), host.CPUModel(), clang)
	fmt.Fprintf(&b, "%d probes with two int arguments in an XDP program, test runs of %d repetitions, medians of %d interleaved\n", sites, repeat, rounds)
	base := variants[0]
	fmt.Fprintf(&b, "rounds; without probes a run takes %.0f ns. In brackets: the middle half of the rounds.\n\n", median(base.ns))
	b.WriteString("| what | ns per site | to the call by hand | BPF instructions per site | bytes of machine code per site |\n")
	b.WriteString("| --- | --- | --- | --- | --- |\n")
	var missing []string
	byName := map[string]*variant{}
	for _, v := range variants {
		byName[v.name] = v
	}
	for _, v := range variants[1:] {
		if v.missing != "" {
			missing = append(missing, fmt.Sprintf("Not measured here: %s (%s).\n", v.title, v.missing))
			continue
		}
		ratio := ""
		if hand := byName[v.yardstick]; hand != nil {
			ratio = fmt.Sprintf("%.2f", median(v.perSite(base))/median(hand.perSite(base)))
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", v.title, spread(v.perSite(base)), ratio,
			perSite(v.insns, base.insns), perSite(v.jited, base.jited))
	}
	if len(missing) > 0 {
		b.WriteString("\n" + strings.Join(missing, ""))
	}
	return b.String()
}

// spread is a median, and in brackets the middle half of the values.
func spread(ns []float64) string {
	return fmt.Sprintf("%.1f (%.1f to %.1f)", median(ns), quantile(ns, 0.25), quantile(ns, 0.75))
}

// perSite is what a variant has more than the program without probes, of something that is counted.
func perSite(n, base int) string {
	if n == 0 || base == 0 {
		return ""
	}
	return fmt.Sprintf("%.1f", float64(n-base)/sites)
}
