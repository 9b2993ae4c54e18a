package main

import (
	"path/filepath"
	"regexp"
	"strings"

	"github.com/bpfsdt/bpf-sdt-link/diag"
)

// dependencies returns what make and ninja read: a rule for the output with all its inputs, and an
// empty rule for each input, for which make does not stop when it is gone.
func dependencies(output string, inputs []string) []byte {
	var rule, empty strings.Builder
	rule.WriteString(depName(output) + ":")
	// A file that depends on itself is nothing that make wants to hear of.
	seen := map[string]bool{filepath.Clean(output): true}
	for _, in := range inputs {
		if in == "-" || seen[filepath.Clean(in)] {
			continue
		}
		seen[filepath.Clean(in)] = true
		rule.WriteString(" \\\n  " + depName(in))
		empty.WriteString("\n" + depName(in) + ":\n")
	}
	return []byte(rule.String() + "\n" + empty.String())
}

// quotable reports whether a dependency file can hold a name. Control characters end words or lines. What stands behind
// a ';' make runs as a recipe, and what stands before a '=' it sets as a variable, SHELL say, or by running what follows
// ("x!=command"). '|' and '&' are its words, "a(b)" a member of an archive, a blank at the end is lost; and make and
// ninja disagree on what a backslash means before a quoted character or the end. Where people may see the file, it is
// to be text.
func quotable(name string, shown bool) bool {
	name = filepath.ToSlash(name) // as depName
	control := func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }
	return strings.IndexFunc(name, control) < 0 && !unquotable.MatchString(name) && (!shown || diag.Printable(name) == name)
}

var unquotable = regexp.MustCompile(`[;=|&]|\\[ \t#:]|[) \t\\]$`)

// depName returns a name as a dependency file has it. On Windows the slashes are those of make and ninja, and a drive keeps
// its colon.
func depName(name string) string {
	name = filepath.ToSlash(name)
	drive := filepath.VolumeName(name)
	if len(drive) != len("C:") {
		drive = ""
	}
	return drive + depEscape.Replace(name[len(drive):])
}

// depEscape quotes a name the way that both make and ninja undo, which is that of compilers. The
// rest of make's special characters (%, *, ?, ~) has no quoting that both understand.
var depEscape = strings.NewReplacer(" ", `\ `, "\t", "\\\t", "#", `\#`, "$", "$$", ":", `\:`)
