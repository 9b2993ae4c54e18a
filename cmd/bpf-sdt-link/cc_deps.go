package main

import (
	"bytes"
	"io"
	"slices"
	"strings"

	"github.com/bpfsdt/bpf-sdt-link/linker"
)

// ccDeps is the dependency file of the command cc. Who started a compiler may have it open already, as bpf2go has.
var ccDeps = sideKind{option: dependencyFlag.Name, what: "dependency file", inPlace: true,
	contents: func(job linkJob, res *linker.Result) (io.WriterTo, error) {
		return bytes.NewReader(mergeDependencies(job.deps, res.Files)), checkQuotable(job, res.Files)
	}}

// mergeDependencies makes one dependency file of those that compilers wrote for one target. Names stay quoted as they
// are. Objects that are linked too come last.
func mergeDependencies(files [][]byte, objects []string) []byte {
	var main, phony depRule
	for _, text := range files {
		for i, r := range parseDepRules(string(text)) {
			if i > 0 { // the empty rules of -MP
				phony.add(depWords(r.targets)...)
				continue
			}
			if main.targets == "" {
				main.targets = r.targets
			}
			main.add(r.names...)
		}
	}
	for _, name := range objects {
		main.add(depEscape.Replace(name))
	}
	var out strings.Builder
	out.WriteString(main.targets + ":")
	for _, name := range main.names {
		out.WriteString(" \\\n  " + name)
	}
	out.WriteString("\n")
	for _, name := range phony.names {
		out.WriteString("\n" + name + ":\n")
	}
	return []byte(out.String())
}

// depRule is a rule of a dependency file, with names as they are quoted there.
type depRule struct {
	targets string
	names   []string
	seen    map[string]bool
}

// add adds names that are not there yet.
func (r *depRule) add(names ...string) {
	if r.seen == nil {
		r.seen = map[string]bool{}
	}
	for _, n := range names {
		if !r.seen[n] {
			r.seen[n] = true
			r.names = append(r.names, n)
		}
	}
}

// parseDepRules takes apart what a compiler writes: "TARGET...: NAME..." with continued lines, blanks in names behind a
// backslash.
func parseDepRules(text string) (rules []depRule) {
	text = strings.NewReplacer("\\\r\n", " ", "\\\n", " ").Replace(text)
	for line := range strings.Lines(text) {
		words := depWords(line)
		if len(words) == 0 {
			continue
		}
		// The targets end with the first colon that ends a word: C:\x.o has one inside.
		end := slices.IndexFunc(words, func(w string) bool { return strings.HasSuffix(w, ":") && !strings.HasSuffix(w, `\:`) })
		if end < 0 {
			continue
		}
		targets := slices.Clone(words[:end+1])
		targets[end] = strings.TrimSuffix(targets[end], ":")
		rules = append(rules, depRule{targets: strings.TrimSpace(strings.Join(targets, " ")), names: words[end+1:]})
	}
	return rules
}

// depWords splits a line at blanks that are not behind a backslash.
func depWords(line string) (words []string) {
	start := -1
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			if start >= 0 {
				words = append(words, line[start:i])
			}
			start = -1
			continue
		case start < 0:
			start = i
		}
		if line[i] == '\\' && i+1 < len(line) {
			i++
		}
	}
	if start >= 0 {
		words = append(words, line[start:])
	}
	return words
}
