package main

import (
	"regexp"
	"slices"
	"strings"
)

// change is a name that is in one list and not in the other, or with another type.
type change struct {
	name     string // as "linker.Options.Probes"
	was, now string // "" if it is not there
}

// changes compares two lists of names. Lines that start with # are comments.
func changes(old, next []string) (all []change) {
	was, now := table(old), table(next)
	for _, name := range sortedNames(was, now) {
		if was[name] != now[name] {
			all = append(all, change{name, was[name], now[name]})
		}
	}
	return all
}

func table(lines []string) map[string]string {
	t := map[string]string{}
	for _, l := range lines {
		if name, what, ok := strings.Cut(l, ": "); ok && !strings.HasPrefix(l, "#") {
			t[name] = what
		}
	}
	return t
}

func sortedNames(tables ...map[string]string) (names []string) {
	for _, t := range tables {
		for n := range t {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// unmentioned returns the changes that the entries of a change log do not name. A name is written out, as
// `linker.Options.Probes`, or its last part is, in an entry that has a name beside it: `linker.Options.Attach`, `.Probes`.
// What is new or gone as a whole is named as a whole: of a new type the type, of a new package the package.
func unmentioned(old, next []string, unreleased string) (missing []change) {
	was, now := table(old), table(next)
	entries := regexp.MustCompile(`(?m)^[-#]`).Split(unreleased, -1)
	for _, c := range changes(old, next) {
		named := false
		for name := c.name; name != "" && !named; name = parent(name) {
			whole := name == c.name || !holds(was, name) || !holds(now, name)
			named = whole && slices.ContainsFunc(entries, func(e string) bool { return mentions(e, name) })
		}
		if !named {
			missing = append(missing, c)
		}
	}
	return missing
}

// holds reports whether a list has a name, or names below it.
func holds(t map[string]string, name string) bool {
	for n := range t {
		if n == name || strings.HasPrefix(n, name+".") {
			return true
		}
	}
	return false
}

// parent of "linker.Options.Probes" is "linker.Options", whose parent is "linker".
func parent(name string) string {
	return name[:max(strings.LastIndex(name, "."), 0)]
}

// mentions reports whether an entry names something.
func mentions(entry, name string) bool {
	if strings.Contains(entry, "`"+name+"`") {
		return true
	}
	i := strings.LastIndex(name, ".")
	return i >= 0 && strings.Contains(entry, "`"+name[:i]+".") && strings.Contains(entry, "`"+name[i:]+"`")
}

// unreleased returns the part of a change log that is about what no release has.
func unreleased(log string) string {
	_, rest, _ := strings.Cut(log, "\n## [Unreleased]")
	part, _, _ := strings.Cut(rest, "\n## ")
	return part
}
