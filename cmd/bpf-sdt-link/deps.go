package main

import (
	"path/filepath"
	"strings"
)

// dependencies returns what make and ninja read: a rule for the output with all its inputs, and an
// empty rule for each input, for which make does not stop when it is gone.
func dependencies(output string, inputs []string) []byte {
	var rule, empty strings.Builder
	rule.WriteString(depEscape.Replace(output) + ":")
	// A file that depends on itself is nothing that make wants to hear of.
	seen := map[string]bool{filepath.Clean(output): true}
	for _, in := range inputs {
		if in == "-" || seen[filepath.Clean(in)] {
			continue
		}
		seen[filepath.Clean(in)] = true
		rule.WriteString(" \\\n  " + depEscape.Replace(in))
		empty.WriteString("\n" + depEscape.Replace(in) + ":\n")
	}
	return []byte(rule.String() + "\n" + empty.String())
}

// depEscape quotes a name the way that both make and ninja undo, which is that of compilers. The
// rest of make's special characters (%, *, ?, ~) has no quoting that both understand.
var depEscape = strings.NewReplacer(" ", `\ `, "\t", "\\\t", "#", `\#`, "$", "$$", ":", `\:`)
