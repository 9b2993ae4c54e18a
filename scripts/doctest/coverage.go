package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// uncovered returns what a document tells its reader to run that nothing runs, and names in it that there are not.
// The ci text is that of .ci/run; runs tells that the sessions of the document are run.
func uncovered(blocks []block, module, ci string, runs bool) (faults []string) {
	for _, b := range blocks {
		fault := func(format string, args ...any) {
			faults = append(faults, fmt.Sprintf("%s:%d: ", b.document, b.line)+fmt.Sprintf(format, args...))
		}
		switch {
		case b.skip != "":
		case b.elsewhere != "" && !runsStep(ci, b.elsewhere):
			fault("%s is not in .ci/run, which is to run this block", b.elsewhere)
		case b.elsewhere != "":
		case len(b.commands) == 0 && b.shell && b.file == "":
			fault("nothing runs this block. Give its commands a prompt, '$ ', or put a comment before it: " +
				"'<!-- doctest: elsewhere STEP -->' if .ci/run has STEP, '<!-- doctest: skip REASON -->'. " +
				"If it has no commands, its language is 'text'")
		case len(b.commands) > 0 && !runs:
			fault("nothing runs this document: add it to the documents in doctest_test.go")
		}
		for _, c := range commandLines(b) {
			for _, name := range missing(module, c) {
				fault("there is no %s", name)
			}
		}
	}
	return faults
}

// runsStep reports whether a script has a command, whatever follows it on its line.
func runsStep(script, command string) bool {
	for line := range strings.Lines(script) {
		if line = strings.TrimSpace(line); line == command || strings.HasPrefix(line, command+" ") {
			return true
		}
	}
	return false
}

// commandLines are the commands of a block, be it a session or not.
func commandLines(b block) (lines []string) {
	switch {
	case len(b.commands) > 0:
		for _, c := range b.commands {
			lines = append(lines, c.text)
		}
	case b.file == "" && b.shell:
		lines = strings.Split(b.text, "\n")
	}
	return lines
}

var (
	makeTarget = regexp.MustCompile(`\bmake((?: +[A-Z_]+=\S*)*) +([a-z][a-z-]*)\b`)
	scriptFile = regexp.MustCompile(`(?:^|[ ./])(scripts/[a-z/]+(?:\.sh)?)\b`)
)

// missing returns the targets of make, and the scripts, that a command names and the checkout does not have.
func missing(module, command string) (names []string) {
	command, _, _ = strings.Cut(command, " #")
	if m := makeTarget.FindStringSubmatch(command); m != nil && !slices.Contains(makeTargets(module), m[2]) {
		names = append(names, "target '"+m[2]+"' in the Makefile")
	}
	for _, m := range scriptFile.FindAllStringSubmatch(command, -1) {
		if _, err := os.Stat(filepath.Join(module, m[1])); err != nil {
			names = append(names, m[1])
		}
	}
	return names
}

func makeTargets(module string) (targets []string) {
	text, err := os.ReadFile(filepath.Join(module, "Makefile"))
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(text)) {
		if name, _, ok := strings.Cut(line, ":"); ok && !strings.ContainsAny(name, " \t#.=") {
			targets = append(targets, name)
		}
	}
	return targets
}
