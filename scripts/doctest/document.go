package main

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// block is a fenced block that is a file or a session, or is for a shell; or a comment with commands.
type block struct {
	document string
	line     int // of the first line in the fence, from 1
	file     string
	text     string
	commands []command
	root     bool
	shell    bool // it has no language, or that of a shell
	unseen   bool // the commands are in a comment; what they print is not compared

	fails, fentry, background, stop bool
	skip, elsewhere                 string
	varies                          *regexp.Regexp
}

// command is a command of a session and what it is to print.
type command struct {
	line int
	text string
	want []string
}

var (
	fileName  = regexp.MustCompile("`([\\w./-]+)`:$")
	directive = regexp.MustCompile(`^<!-- doctest: (.*?) *-->$`)
	before    = "<!-- doctest: before"
	shells    = []string{"", "sh", "shell", "bash", "console"}
)

// parse returns the blocks of a document that are of use here.
func parse(document, text string) ([]block, error) {
	lines := strings.Split(text, "\n")
	var blocks []block
	var above, comment string // the last line of text, and the last directive, before a fence
	for i := 0; i < len(lines); i++ {
		line := strings.TrimRight(lines[i], " ")
		end := ""
		switch m := directive.FindStringSubmatch(line); {
		case m != nil:
			comment = m[1]
			continue
		case line == "":
			continue
		case line == before:
			end = "-->"
		case strings.HasPrefix(line, "```"):
			end = "```"
		default:
			above, comment = line, ""
			continue
		}
		b := block{document: document, line: i + 2, unseen: line == before}
		b.shell = !b.unseen && slices.Contains(shells, strings.TrimLeft(line, "`"))
		first := i + 1
		for i++; i < len(lines) && strings.TrimRight(lines[i], " ") != end; i++ {
		}
		if i == len(lines) {
			return nil, fmt.Errorf("%s:%d: a fence or a comment that does not end", document, first)
		}
		if err := b.read(above, comment, lines[first:i]); err != nil {
			return nil, err
		}
		if b.file != "" || len(b.commands) > 0 || b.shell {
			blocks = append(blocks, b)
		} else if comment != "" {
			return nil, fmt.Errorf("%s:%d: a directive before what is neither a file nor a session", document, first)
		}
		if above = ""; b.unseen {
			continue // a directive before it is for what comes next
		}
		comment = ""
	}
	return blocks, nil
}

func (b *block) read(above, comment string, lines []string) error {
	if b.unseen {
		b.commands = []command{{line: b.line, text: strings.Join(lines, "\n")}}
		return nil
	}
	if err := b.direct(comment); err != nil {
		return fmt.Errorf("%s:%d: %w", b.document, b.line, err)
	}
	if m := fileName.FindStringSubmatch(above); m != nil {
		if !filepath.IsLocal(m[1]) {
			return fmt.Errorf("%s:%d: %s is not a file of the folder", b.document, b.line, m[1])
		}
		b.file, b.text = m[1], strings.Join(lines, "\n")+"\n"
		return nil
	}
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "$ ") && !strings.HasPrefix(lines[0], "# ") {
		b.text = strings.Join(lines, "\n")
		if b.fails || b.fentry || b.background || b.stop || b.varies != nil {
			return fmt.Errorf("%s:%d: a directive for a session before what is none", b.document, b.line)
		}
		return nil
	}
	prompt := lines[0][:2]
	b.root = prompt == "# "
	for i := 0; i < len(lines); i++ {
		if !strings.HasPrefix(lines[i], prompt) {
			c := &b.commands[len(b.commands)-1]
			c.want = append(c.want, strings.TrimRight(lines[i], " "))
			continue
		}
		c := command{line: b.line + i, text: strings.TrimPrefix(lines[i], prompt)}
		for strings.HasSuffix(c.text, "\\") && i+1 < len(lines) {
			i++
			c.text += "\n" + lines[i]
		}
		b.commands = append(b.commands, c)
	}
	return nil
}

func (b *block) direct(comment string) error {
	for rest := comment; rest != ""; {
		var word string
		word, rest, _ = strings.Cut(rest, " ")
		switch word {
		case "fails":
			b.fails = true
		case "fentry":
			b.fentry = true
		case "background":
			b.background = true
		case "stop":
			b.stop = true
		case "skip":
			b.skip, rest = rest, ""
			if b.skip == "" {
				return fmt.Errorf("no reason to skip it")
			}
		case "elsewhere":
			b.elsewhere, rest = rest, ""
			if b.elsewhere == "" {
				return fmt.Errorf("no place where else it is run")
			}
		case "varies":
			var err error
			if b.varies, err = regexp.Compile(rest); err != nil {
				return err
			}
			rest = ""
		default:
			return fmt.Errorf("doctest does not know the word %q", word)
		}
	}
	return nil
}

// compare holds what a command printed against what the document shows. It returns what differs, or nothing.
func (b *block) compare(c command, got string) string {
	var lines []string
	for line := range strings.Lines(got) {
		lines = append(lines, strings.TrimRight(line, " \n"))
	}
	want := c.want
	if b.unseen {
		return ""
	}
	if b.varies != nil {
		want, lines = replaceAll(b.varies, want), replaceAll(b.varies, lines)
	}
	if matches(want, lines) {
		return ""
	}
	return fmt.Sprintf("shown:\n%s\nprinted:\n%s", indent(c.want), indent(strings.Split(strings.TrimRight(got, "\n"), "\n")))
}

func replaceAll(re *regexp.Regexp, lines []string) []string {
	var all []string
	for _, l := range lines {
		all = append(all, re.ReplaceAllString(l, "..."))
	}
	return all
}

// matches compares lines; "..." takes as many as it can spare.
func matches(want, got []string) bool {
	if len(want) == 0 {
		return len(got) == 0
	}
	if want[0] == "..." {
		for n := range len(got) + 1 {
			if matches(want[1:], got[n:]) {
				return true
			}
		}
		return false
	}
	return len(got) > 0 && want[0] == got[0] && matches(want[1:], got[1:])
}

func indent(lines []string) string { return "    " + strings.Join(lines, "\n    ") }
