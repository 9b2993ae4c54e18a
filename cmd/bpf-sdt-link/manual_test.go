package main

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

// manual is docs/manual.md, taken apart.
type manual struct {
	text     string
	sections map[string]*manualSection // by heading
}

// manualSection is what stands below a heading, up to the next one of any level.
type manualSection struct {
	text string
	rows []manualRow
}

// manualRow is a row of a table: its cells, and what the head says of the first.
type manualRow struct {
	head  string
	cells []string
}

func readManual(t *testing.T) manual {
	t.Helper()
	text, err := os.ReadFile("../../docs/manual.md")
	if err != nil {
		t.Fatal(err)
	}
	m := manual{string(text), map[string]*manualSection{}}
	var s *manualSection
	fence, table, head := false, 0, "" // table: how many of its lines have been read
	for line := range strings.Lines(m.text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "```") {
			fence = !fence
		}
		if !fence && strings.HasPrefix(line, "#") {
			s = &manualSection{}
			for name := range strings.SplitSeq(strings.TrimLeft(line, "# "), ", ") {
				m.sections[name] = s
			}
			continue
		}
		s.text += line + "\n"
		if fence || !strings.HasPrefix(line, "|") {
			table = 0
			continue
		}
		if table++; table > 2 {
			s.rows = append(s.rows, manualRow{head, cells(line)})
		} else if table == 1 {
			head = cells(line)[0]
		}
	}
	return m
}

// cells are those of a row of a table. A bar that is part of the text has a backslash.
func cells(row string) (cells []string) {
	row = strings.ReplaceAll(strings.Trim(row, "|"), `\|`, "\x00")
	for c := range strings.SplitSeq(row, "|") {
		cells = append(cells, strings.TrimSpace(strings.ReplaceAll(c, "\x00", "|")))
	}
	return cells
}

var codeSpan = regexp.MustCompile("`([^`]+)`")

// options are those that the tables of options in a section name, as they are written there: "--output FILE".
func (s *manualSection) options() (options []string) {
	for _, row := range s.rows {
		for _, m := range codeSpan.FindAllStringSubmatch(row.cells[0], -1) {
			if row.head == "option" && strings.HasPrefix(m[1], "-") && m[1] != "--" {
				options = append(options, m[1])
			}
		}
	}
	return options
}

// spellings are how the manual may write an option: each of its names, with the word for its value.
func spellings(f cli.Flag) (all []string) {
	value := ""
	if word := metavariable(f); word != "" && takesValue(f) {
		value = " " + word
	}
	for _, n := range names(f) {
		all = append(all, strings.Repeat("-", min(len(n), 2))+n+value)
	}
	return all
}

// everyCommand calls do for each command that is not made of others, with its name as a user writes it.
func everyCommand(prefix string, commands []*cli.Command, do func(name string, c *cli.Command)) {
	for _, c := range commands {
		if len(c.Subcommands) > 0 {
			everyCommand(prefix+c.Name+" ", c.Subcommands, do)
		} else {
			do(prefix+c.Name, c)
		}
	}
}

func visible(f cli.Flag) bool {
	v, ok := f.(cli.VisibleFlag)
	return !ok || v.IsVisible()
}

// TestManualCommands: every command has a section, with its command line, and stands in the table at the start.
func TestManualCommands(t *testing.T) {
	m := readManual(t)
	overview := m.sections["Description"]
	everyCommand("", new(tool).app().Commands, func(name string, c *cli.Command) {
		s := m.sections[name]
		if s == nil {
			t.Errorf("docs/manual.md has no section '### %s'", name)
			return
		}
		for line := range strings.Lines(c.UsageText) {
			if !strings.Contains(s.text, strings.TrimSpace(line)) {
				t.Errorf("docs/manual.md: '%s' lacks the command line '%s', which its help has", name, strings.TrimSpace(line))
			}
		}
		if !slices.ContainsFunc(overview.rows, func(row manualRow) bool { return strings.Contains(row.cells[0], "`"+name+"`") }) {
			t.Errorf("docs/manual.md: the table of commands lacks '%s'", name)
		}
	})
}

// TestManualOptions: the tables of a command's section have its options, all those that its help shows, and no others.
func TestManualOptions(t *testing.T) {
	m := readManual(t)
	check := func(name string, s *manualSection, flags []cli.Flag) {
		written := s.options()
		var known []string
		for _, f := range flags {
			known = append(known, spellings(f)...)
			if !visible(f) {
				continue
			}
			for _, want := range spellings(f) {
				if !slices.Contains(written, want) {
					t.Errorf("docs/manual.md: the options of '%s' lack `%s`", name, want)
				}
			}
		}
		for _, o := range written {
			bare, _, _ := strings.Cut(o, " ")
			hidden := slices.ContainsFunc(flags, func(f cli.Flag) bool { return !visible(f) && slices.Contains(spellings(f), bare) })
			if !slices.Contains(known, o) && !hidden {
				t.Errorf("docs/manual.md: '%s' has no option `%s`", name, o)
			}
		}
	}
	global := []cli.Flag{diagnosticsFlag, colorFlag, versionFlag, helpFlag}
	check("every command", m.sections["Options of every command"], global)
	everyCommand("", new(tool).app().Commands, func(name string, c *cli.Command) {
		if s := m.sections[name]; s != nil {
			// Options of 'link' that another command has too are not repeated: a link to them is enough.
			elsewhere := global
			if name != "link" && strings.Contains(s.text, "options of [`link`](#link)") {
				elsewhere = slices.Concat(global, linkFlags, measureFlags)
			}
			check(name, s, slices.DeleteFunc(slices.Clone(c.Flags), func(f cli.Flag) bool { return slices.Contains(elsewhere, f) }))
		}
	})
}

// TestManualDiagnostics: the tables below "All IDs" have the IDs of the code, and no others.
func TestManualDiagnostics(t *testing.T) {
	used, err := diagnosticIDs("../..")
	if err != nil {
		t.Fatal(err)
	}
	if len(used) < 40 {
		t.Errorf("only %d IDs were found in the code", len(used))
	}
	written := map[string]bool{}
	for _, row := range readManual(t).sections["All IDs"].rows {
		id := strings.Trim(row.cells[0], "`")
		if written[id] {
			t.Errorf("docs/manual.md has the diagnostic '%s' twice", id)
		}
		written[id] = true
		if used[id] == "" {
			t.Errorf("docs/manual.md has the diagnostic '%s', which the code has not", id)
		}
	}
	for id, where := range used {
		if !written[id] {
			t.Errorf("%s: docs/manual.md lacks the diagnostic '%s'", where, id)
		}
	}
}

// TestManualFields: the manual names the fields of what the tool prints as JSON.
func TestManualFields(t *testing.T) {
	tag := regexp.MustCompile("`json:\"([a-z_]+)")
	m := readManual(t)
	for _, c := range []struct{ file, section string }{
		{"probes_json.go", "probes --json"},
		{"probes_running_json.go", "probes --json"},
		{"../../diag/render.go", "Diagnostics as JSON"},
	} {
		text, err := os.ReadFile(c.file)
		if err != nil {
			t.Fatal(err)
		}
		names := tag.FindAllStringSubmatch(string(text), -1)
		if len(names) < 5 {
			t.Errorf("%s: only %d fields were found", c.file, len(names))
		}
		for _, n := range names {
			field := regexp.MustCompile(fmt.Sprintf("`([a-z.\\[\\]]*\\.)?%s(\\[\\])?`", n[1]))
			if !field.MatchString(m.sections[c.section].text) {
				t.Errorf("docs/manual.md: '%s' lacks the field '%s' of %s", c.section, n[1], c.file)
			}
		}
	}
}
