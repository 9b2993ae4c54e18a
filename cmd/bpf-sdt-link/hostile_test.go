package main

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// hostile is what a terminal may act on, or a reader of text take for its end.
var hostile = []string{
	"\x1b[2J", "\x1b]0;x\x07", "\r", "\n", "\b", "\x7f", "\u009b2J", "\x9b2J", "\xff", "\xe2\x80", "\u202e", "\u2066", "\u2028", "\ufeff",
	"\U000e0041",
}

// unsafe returns the first thing in an output that a terminal may act on, or "".
func unsafe(out []byte) string {
	for i := 0; i < len(out); {
		r, n := utf8.DecodeRune(out[i:])
		if r == utf8.RuneError && n == 1 || r != '\n' && r != '\t' && !unicode.IsPrint(r) {
			return strings.ToValidUTF8(string(out[max(0, i-20):i]), "?") + "«" + string(out[i:i+n]) + "»"
		}
		i += n
	}
	return ""
}

func TestUnsafe(t *testing.T) {
	for _, h := range hostile {
		if h != "\n" && unsafe([]byte("a"+h+"b")) == "" {
			t.Errorf("%q passes", h)
		}
	}
	if at := unsafe([]byte("ünï\tcode, «\ufffd»\n")); at != "" {
		t.Errorf("%q does not pass", at)
	}
}

// escaped matches the escapes that hostile strings become, in text and in JSON.
var escaped = regexp.MustCompile(`\\(x1b|x07|r|n|b|x7f|u009b|x9b|xff|xe2|u202e|u2066|u2028|ufeff|U000e0041|u001b|u0007|u007f|ufffd|udb40)`)

// hostileRuns are command lines of every command that prints what it finds in objects. IN is the hostile one.
var hostileRuns = [][]string{
	{"probes", "IN"},
	{"probes", "IN", "a.o"},
	{"probes", "--json", "IN"},
	{"--diagnostics=json", "probes", "IN"},
	{"check", "IN"},
	{"check", "--color=always", "IN"},
	{"--diagnostics=json", "check", "IN"},
	{"dump", "IN"},
	{"diff", "a.o", "IN"},
	{"-o", "OUT", "IN", "b.o"},
	{"-o", "OUT", "--diagnostics=json", "IN", "conflict.o", "bad.o"},
	{"-o", "OUT", "--no-undefined", "--fatal-warnings", "IN"},
	{"-o", "OUT", "--probes=call", "IN"},
	{"-o", "OUT", "--probes=strip", "IN", "warn.o", "taken.o"},
	{"-o", "OUT", "--attach", "*=nothing", "IN"},
	{"-j", "gen", "object", "OUT", "IN", "conflict.o"},
	{"-p", "gen", "object", "OUT", "IN", "conflict.o", "bad.o"},
}

// hostileTest runs command lines, looks at what they print, and keeps count.
type hostileTest struct {
	*testing.T
	escaped map[string]int // by command line, how often an escape was printed
}

func (h *hostileTest) run(what, line string, args []string) {
	h.Helper()
	var stdout, stderr bytes.Buffer
	run(append([]string{name}, args...), strings.NewReader(""), &stdout, &stderr)
	if strings.Contains(line, "--color=always") {
		colours := regexp.MustCompile("\x1b\\[[0-9;]*m")
		stderr = *bytes.NewBuffer(colours.ReplaceAll(stderr.Bytes(), nil))
	}
	for _, out := range []*bytes.Buffer{&stdout, &stderr} {
		if at := unsafe(out.Bytes()); at != "" {
			h.Errorf("%s: %s: prints %q", what, line, at)
		}
		if escaped.Match(out.Bytes()) {
			h.escaped[line]++
		}
	}
	wholes := [][]byte{}
	if strings.Contains(line, "--json") || strings.Contains(line, "-j ") || strings.Contains(line, "-p ") {
		wholes = append(wholes, stdout.Bytes())
	}
	if strings.Contains(line, "--diagnostics=json") {
		wholes = append(wholes, bytes.Split(stderr.Bytes(), []byte("\n"))...)
	}
	for _, w := range wholes {
		if len(w) > 0 && !json.Valid(w) {
			h.Errorf("%s: %s: prints what is no JSON: %q", what, line, w)
		}
	}
}

// object runs every command line over an object.
func (h *hostileTest) object(what, path string) {
	h.Helper()
	for _, run := range hostileRuns {
		line := strings.Join(run, " ")
		args := strings.Split(strings.NewReplacer("IN", path, "OUT", "out.o").Replace(strings.Join(run, "\x00")), "\x00")
		h.run(what, line, args)
		if run[0] == "-o" {
			if _, err := os.Stat("out.o"); err == nil {
				h.run(what, "dump of a link", []string{"dump", "out.o"})
				h.run(what, "probes of a link", []string{"probes", "out.o"})
				os.Remove("out.o")
			}
		}
	}
}

func (h *hostileTest) all() {
	for _, run := range hostileRuns {
		if line := strings.Join(run, " "); h.escaped[line] == 0 {
			h.Errorf("%s: has never printed a hostile string: nothing was tested", line)
		}
	}
}

// cString is a string in any of the tables of an object: names of sections, symbols and types, tags, source lines and
// their files, the license.
var cString = regexp.MustCompile(`[\t -~]{2,}\x00`)

// TestHostileObjects puts hostile text into each string of an object, the same wherever the string stands, so that what
// belongs together still does.
func TestHostileObjects(t *testing.T) {
	h := &hostileTest{T: t, escaped: map[string]int{}}
	chdirToObjects(t)
	for _, base := range []string{"a.o", "conflict.o", "warn.o", "taken.o"} {
		data, err := os.ReadFile(base)
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range stringsOf(data) {
			bad := hostile[i%len(hostile)]
			if len(bad) > len(s)-1 {
				bad = "\x1b"
			}
			patched := patch(data, s, bad)
			if err := os.WriteFile("in.o", patched, 0o666); err != nil {
				t.Fatal(err)
			}
			h.object(base+" with "+s[:len(s)-1], "in.o")
		}
		// All at once, but for what makes it an object of its kind.
		for _, bad := range []string{"\x1b", "\x7f", "\xff", "\n", "\u009b", "\u202e"} {
			patched := data
			for _, s := range stringsOf(data) {
				if len(s) > len(bad)+1 && s[0] != '.' && !strings.Contains(s, "sdt") {
					patched = patch(patched, s, bad)
				}
			}
			if err := os.WriteFile("in.o", patched, 0o666); err != nil {
				t.Fatal(err)
			}
			h.object(base+" all with "+bad, "in.o")
		}
	}
	h.all()
}

// stringsOf returns the strings of an object, each once, with its NUL.
func stringsOf(data []byte) []string {
	var all []string
	seen := map[string]bool{}
	for _, s := range cString.FindAll(data, -1) {
		if !seen[string(s)] {
			seen[string(s)] = true
			all = append(all, string(s))
		}
	}
	return all
}

// patch puts text over the end of a string, wherever it stands as a whole.
func patch(data []byte, s, text string) []byte {
	to := s[:len(s)-1-len(text)] + text + "\x00"
	return bytes.ReplaceAll(data, []byte("\x00"+s), []byte("\x00"+to))
}

// TestHostileNames is about names of files, and words of a command line.
func TestHostileNames(t *testing.T) {
	h := &hostileTest{T: t, escaped: map[string]int{}}
	chdirToObjects(t)
	t.Setenv(bpftoolVar, "/nowhere/\x1b[2J")
	bad, err := os.ReadFile("bad.o")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range hostile {
		for path, data := range map[string][]byte{"x" + name + ".o": bad, "missing" + name: nil, "text" + name: []byte("text")} {
			if data != nil {
				if err := os.WriteFile(path, data, 0o666); err != nil {
					t.Fatal(err)
				}
			}
			h.object("file "+path, path)
		}
		word := "w" + name
		for _, args := range [][]string{
			{word}, {"help", word}, {"--" + word}, {"-" + word}, {"link", "--color=" + word, "a.o"}, {"--diagnostics", word, "dump", "a.o"},
			{"-o", "out.o", "--probes=" + word, "a.o"}, {"-o", "out.o", "--probes=call:" + word, "a.o"}, {"-o", "out.o", "--probes=call:[" + word, "a.o"},
			{"-o", "out.o", "--attach", word, "a.o"}, {"-o", "out.o", "--attach", word + "=" + word, "a.o"}, {"-o", "out.o", "--attach", "my_trace=" + word, "a.o"},
			{"-o", "out.o", "--stub-prefix", word, "a.o"}, {"-o", word + "/out.o", "a.o"}, {"-o", "a.o/" + word, "a.o"}, {"-o", word + "/", "a.o"},
			{"-o", "out.o", "--dependency-file", word + "/out.d", "a.o"}, {"-o", word, "--dependency-file", word, "a.o"},
			{"-o", "out.o", "--dependency-file", "-", word}, {"-o", "out.o", "--dependency-file", "-", "x" + name + ".o", "a.o"}, {"-o", "o" + name, "--dependency-file", "-", "a.o"},
			{"header", word}, {"header", "-o", "a.o/" + word}, {"version", word}, {"completion", word}, {"diff", "a.o", "missing" + word},
			{completionArg, word}, {completionArg, "link", "-" + word}, {completionArg, word, ""}, {"gen", word}, {"prog", word},
			{"-j", "gen", "object", word}, {"-j", "gen", "object", "out.o", word}, {"gen", "object", "--" + word},
			{"man", word}, {"check", word}, {"probes", "--strict", word},
		} {
			h.run("word "+word, "words", args)
		}
	}
	h.all()
	if h.escaped["words"] == 0 {
		t.Error("no word was printed")
	}
}

// chdirToObjects makes a folder with the objects of testdata/objects the current one.
func chdirToObjects(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	if err := writeObjects(dir); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
}
