package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// event is what 'go test -json' prints a line of (go doc test2json).
type event struct {
	Action, Package, Test, Output string
}

// testID names a test, or a package if Test is empty.
type testID struct{ pkg, test string }

// results are those of one 'go test'.
type results struct {
	output  map[testID]*strings.Builder
	skips   []skip
	summary []string // "ok <package> <time>" and the like, as go test prints it
	failed  bool
}

// skip is a test that was skipped.
type skip struct {
	testID
	reason string
}

// test runs the tests and prints what failed, and a line a package.
func test(packages []string) (*results, error) {
	r := &results{output: map[testID]*strings.Builder{}}
	// -count=1: whether a test can run depends on the machine, which the cache does not know.
	cmd := exec.Command("go", append([]string{"test", "-json", "-count=1"}, packages...)...)
	cmd.Stderr = os.Stderr
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(pipe)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			fmt.Println(lines.Text()) // not of a test: a vet or build message
			continue
		}
		r.take(&e)
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if err := cmd.Wait(); err != nil {
		r.failed = true
	}
	return r, nil
}

// summaryLine is a line by which 'go test' ends a package.
var summaryLine = regexp.MustCompile(`^(ok  |FAIL|---|\?   )\t`)

func (r *results) take(e *event) {
	id := testID{e.Package, e.Test}
	switch e.Action {
	case "output":
		if e.Test == "" && (summaryLine.MatchString(e.Output) || strings.Contains(e.Output, "[no test files]")) {
			line := strings.TrimRight(e.Output, "\n")
			r.summary = append(r.summary, line)
			fmt.Println(line)
			return
		}
		if r.output[id] == nil {
			r.output[id] = &strings.Builder{}
		}
		if !strings.HasPrefix(e.Output, "=== ") { // RUN, PAUSE and the like
			r.output[id].WriteString(e.Output)
		}
	case "build-output":
		fmt.Print(e.Output)
	case "pass":
		delete(r.output, id)
	case "skip":
		if e.Test != "" {
			r.skips = append(r.skips, skip{id, r.reason(id)})
		}
		delete(r.output, id)
	case "fail":
		if out := r.output[id]; out != nil {
			fmt.Print(out)
		}
		delete(r.output, id)
	}
}

// at is the place in the test's source that stands before a message.
var at = regexp.MustCompile(`^\s*[\w.-]+\.go:\d+: `)

// reason returns what a test said before it was skipped.
func (r *results) reason(id testID) string {
	if r.output[id] == nil {
		return "no reason given"
	}
	var said []string
	for line := range strings.Lines(r.output[id].String()) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "--- ") {
			said = append(said, at.ReplaceAllString(line, ""))
		}
	}
	if len(said) == 0 {
		return "no reason given"
	}
	return strings.Join(said, " ")
}

// printSkips prints the skipped tests by reason, and returns how many of them are not allowed.
func (r *results) printSkips(allowed []allowance) int {
	if len(r.skips) == 0 {
		fmt.Println("nothing was skipped")
		return 0
	}
	refused := 0
	byReason := map[string][]string{}
	var reasons []string
	for _, s := range r.skips {
		name := filepath.Base(s.pkg) + "." + s.test
		if a := find(allowed, s); a != nil {
			name += " (allowed: " + a.why + ")"
		} else {
			refused++
		}
		if byReason[s.reason] == nil {
			reasons = append(reasons, s.reason)
		}
		byReason[s.reason] = append(byReason[s.reason], name)
	}
	slices.Sort(reasons)
	for _, reason := range reasons {
		fmt.Printf("%s\n", reason)
		names := byReason[reason]
		slices.Sort(names)
		for i, n := range names {
			if i == 8 && len(names) > 10 {
				fmt.Printf("    and %d more\n", len(names)-i)
				break
			}
			fmt.Printf("    %s\n", n)
		}
	}
	return refused
}

// allowance is a skip that -strict lets pass.
type allowance struct {
	pkg  string // ends the package's path
	test *regexp.Regexp
	why  string
}

// readAllowed reads a file of lines "PACKAGE TEST-REGEXP WHY"; empty lines and those that start with '#' do not count.
func readAllowed(path string) ([]allowance, error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var all []allowance
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.SplitN(line, " ", 3)
		if len(fields) != 3 {
			return nil, fmt.Errorf("%s:%d: not PACKAGE TEST-REGEXP WHY", path, n)
		}
		re, err := regexp.Compile("^(?:" + fields[1] + ")$")
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, n, err)
		}
		all = append(all, allowance{fields[0], re, fields[2]})
	}
	return all, nil
}

func find(allowed []allowance, s skip) *allowance {
	for i := range allowed {
		if a := &allowed[i]; (s.pkg == a.pkg || strings.HasSuffix(s.pkg, "/"+a.pkg)) && a.test.MatchString(s.test) {
			return a
		}
	}
	return nil
}
