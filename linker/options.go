package linker

import (
	"fmt"
	"path"
	"strings"
)

// ProbeMode is what becomes of the sites of a probe.
type ProbeMode uint8

const (
	ProbeNop   ProbeMode = iota // the site stays a NOP, with its note, as the kernel RFC wants it
	ProbeCall                   // the site calls a stub that an fentry program can observe
	ProbeStrip                  // the site goes, and the declaration with the last site
)

// ProbeRule says what becomes of the sites of some probes.
type ProbeRule struct {
	Mode ProbeMode
	// Patterns choose probes by name: a glob as of path.Match takes probes in, one after "!" takes them out
	// again, and the last that matches decides. Without one that takes in, all are in.
	Patterns []string
	// BestEffort leaves sites that cannot be lowered as NOPs, with a warning each. Of use with ProbeCall only.
	BestEffort bool
}

// matches reports whether a rule is for a probe.
func (r *ProbeRule) matches(probe string) bool { return matchesLast(r.Patterns, probe) }

// matchesLast reports whether the last of some patterns that matches a name takes it in. If the first takes names out, all
// others are in.
func matchesLast(patterns []string, s string) bool {
	in := true
	for i, p := range patterns {
		name, out := strings.CutPrefix(p, "!")
		if i == 0 && !out {
			in = false
		}
		if ok, _ := path.Match(name, s); ok {
			in = !out
		}
	}
	return in
}

// Attachment says that the sites of some probes call a function of the program.
type Attachment struct {
	Probe    string // a name, or a glob as of path.Match
	Function string
}

// ParseProbeRule reads a rule in the form of the command line: "nop", "call", "strip", then ":" and patterns
// with commas between them, if the rule is not for all probes. The word "best-effort" may stand among them,
// or after the mode and a comma.
func ParseProbeRule(s string) (ProbeRule, error) {
	var r ProbeRule
	mode, rest, hasPatterns := strings.Cut(s, ":")
	mode, more, hasMore := strings.Cut(mode, ",")
	switch mode {
	case "nop":
		r.Mode = ProbeNop
	case "call":
		r.Mode = ProbeCall
	case "strip":
		r.Mode = ProbeStrip
	default:
		return r, fmt.Errorf("'%s' is not a way to link probes: nop, call or strip, as in call:my_probe,best-effort", mode)
	}
	var words []string
	if hasMore {
		words = strings.Split(more, ",")
		for _, w := range words {
			if w != bestEffort {
				return r, fmt.Errorf("'%s' stands before patterns: write %s:%s", w, mode, w)
			}
		}
	}
	if hasPatterns {
		words = append(words, strings.Split(rest, ",")...)
	}
	for _, w := range words {
		switch {
		case w == bestEffort && r.Mode == ProbeCall:
			r.BestEffort = true
		case w == bestEffort:
			return r, fmt.Errorf("%s is for probes that become calls, not for '%s'", bestEffort, mode)
		default:
			if err := checkPattern(strings.TrimPrefix(w, "!")); err != nil {
				return r, err
			}
			r.Patterns = append(r.Patterns, w)
		}
	}
	return r, nil
}

const bestEffort = "best-effort"

func checkPattern(p string) error {
	if p == "" {
		return fmt.Errorf("a pattern for names is empty")
	}
	if _, err := path.Match(p, ""); err != nil {
		return fmt.Errorf("'%s' is no pattern for names: %w", p, err)
	}
	return nil
}

// ParseAttachment reads an attachment in the form of the command line, "probe=function".
func ParseAttachment(s string) (Attachment, error) {
	probe, function, ok := strings.Cut(s, "=")
	if !ok || function == "" {
		return Attachment{}, fmt.Errorf("'%s' does not say what to attach where: probe=function", s)
	}
	if err := checkPattern(probe); err != nil {
		return Attachment{}, err
	}
	return Attachment{probe, function}, nil
}

// PrefixMap says that names of source files that start with Old start with New instead, as by the option -ffile-prefix-map of
// compilers.
type PrefixMap struct{ Old, New string }

// ParsePrefixMap reads the form of the command line, "old=new".
func ParsePrefixMap(s string) (PrefixMap, error) {
	before, after, ok := strings.Cut(s, "=")
	if !ok || before == "" {
		return PrefixMap{}, fmt.Errorf("'%s' does not say what to replace by what: OLD=NEW", s)
	}
	return PrefixMap{before, after}, nil
}

// ParsePatterns reads patterns of Options.Localize in the form of the command line, with commas between them.
func ParsePatterns(s string) ([]string, error) {
	patterns := strings.Split(s, ",")
	for _, p := range patterns {
		if err := checkPattern(strings.TrimPrefix(p, "!")); err != nil {
			return nil, err
		}
	}
	return patterns, nil
}
