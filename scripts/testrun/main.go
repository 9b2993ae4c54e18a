// Testrun runs the tests and the fuzz targets of the module, and tells at the end what was skipped and why: a skipped
// test says nothing by itself, and 'go test' without -v does not mention it.
//
//	testrun [-strict] [-allow FILE] [-fuzztime D] [PACKAGE...]
//	testrun -fuzzonly [-fuzztime D] [PACKAGE...]
//
// With -strict every skip is a failure, but for those that FILE allows. The last lines are those that 'go test' prints for
// each package.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

func main() {
	strict := flag.Bool("strict", false, "fail where a test is skipped")
	allow := flag.String("allow", "", "the `FILE` of skips that -strict allows")
	fuzztime := flag.String("fuzztime", "5s", "how long each fuzz target runs, `D`; 0 for not at all")
	fuzzonly := flag.Bool("fuzzonly", false, "run the fuzz targets and no tests")
	flag.Parse()
	packages := flag.Args()
	if len(packages) == 0 {
		packages = []string{"./..."}
	}
	var ok bool
	var err error
	if *fuzzonly {
		ok, err = fuzzAll(packages, *fuzztime)
	} else {
		ok, err = run(packages, *strict, *allow, *fuzztime)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "testrun:", err)
	}
	if err != nil || !ok {
		os.Exit(1)
	}
}

func run(packages []string, strict bool, allow, fuzztime string) (bool, error) {
	allowed, err := readAllowed(allow)
	if err != nil {
		return false, err
	}
	fmt.Println("== go test", strings.Join(packages, " "))
	r, err := test(packages)
	if err != nil {
		return false, err
	}
	ok := !r.failed
	if fuzztime != "0" && fuzztime != "0s" {
		fuzzed, err := fuzzAll(packages, fuzztime)
		if err != nil {
			return false, err
		}
		ok = ok && fuzzed
	}

	fmt.Println("\n== What was not tested")
	refused := r.printSkips(allowed)
	if strict && refused > 0 {
		fmt.Printf("%d skips are failures, because all of it has to run here (STRICT=1)\n", refused)
		ok = false
	}
	fmt.Println("\n== Summary")
	for _, line := range r.summary {
		fmt.Println(line)
	}
	if !ok {
		fmt.Println("FAIL")
	}
	return ok, nil
}

// fuzzAll runs every fuzz target for a time.
func fuzzAll(packages []string, fuzztime string) (bool, error) {
	targets, err := fuzzTargets(packages)
	if err != nil {
		return false, err
	}
	fmt.Printf("\n== Fuzzing, %s for each of %d targets\n", fuzztime, len(targets))
	ok := true
	for _, t := range targets {
		out, err := exec.Command("go", "test", "-run=^$", "-fuzz=^"+t.name+"$", "-fuzztime="+fuzztime, "-fuzzminimizetime=20x", t.pkg).CombinedOutput()
		if err != nil && outOfTime(string(out)) {
			err = nil
		}
		if err != nil {
			fmt.Printf("FAIL %s in %s\n%s", t.name, t.pkg, out)
			ok = false
			continue
		}
		fmt.Printf("ok   %-24s %s  %s\n", t.name, t.pkg, lastProgress(string(out)))
	}
	return ok, nil
}

// outOfTime reports whether all that a fuzz run failed of is that its time was up: Go's fuzzer says so at times (go.dev/issue/48591),
// and a fault of the target it would have saved, or told of otherwise.
func outOfTime(out string) bool {
	_, report, failed := strings.Cut(out, "\n--- FAIL: ")
	_, report, _ = strings.Cut(report, "\n")
	reason, _, _ := strings.Cut(report, "\nFAIL")
	return failed && strings.TrimSpace(reason) == "context deadline exceeded"
}

// target is a fuzz target.
type target struct{ pkg, name string }

// fuzzTargets asks each package for its fuzz targets.
func fuzzTargets(packages []string) ([]target, error) {
	// The format of 'go test -list' for several packages: the names, then a line "ok <package> <time>" or
	// "?   <package> [no test files]".
	out, err := exec.Command("go", append([]string{"test", "-list=^Fuzz"}, packages...)...).Output()
	if err != nil {
		return nil, fmt.Errorf("go test -list: %w\n%s", err, out)
	}
	var targets []target
	var names []string
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		switch {
		case len(fields) == 1:
			names = append(names, fields[0])
		case len(fields) > 1:
			for _, n := range names {
				targets = append(targets, target{fields[1], n})
			}
			names = nil
		}
	}
	return targets, nil
}

// lastProgress returns what a fuzz run said last of how far it got.
func lastProgress(out string) string {
	last := ""
	for line := range strings.Lines(out) {
		if _, progress, ok := strings.Cut(line, "fuzz: elapsed: "); ok {
			last = strings.TrimSpace(progress)
		}
	}
	return last
}
