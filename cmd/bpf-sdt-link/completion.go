package main

import (
	"embed"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// A shell's script asks the tool what the word under the cursor can be: --generate-completion, then the words behind the
// tool's name, up to that one, which may be empty. The answer has a line for each word that can stand there, "WORD TAB
// DESCRIPTION", and then one for what else can:
//
//	:files EXT...   a file, those with these extensions preferred; any file if there are no extensions
//	:folders        a folder
//	:none           nothing
const completionArg = "--generate-completion"

// bash takes '=' and ':' for words, and wants no more than what is behind the last of them.
const completionArgBash = completionArg + "=bash"

//go:embed completion/bpf-sdt-link.*
var completionScripts embed.FS

var shells = []string{"bash", "fish", "zsh"}

// completing reports whether a shell asks for completions.
func completing(args []string) bool {
	return len(args) > 2 && (args[1] == completionArg || args[1] == completionArgBash)
}

func (t *tool) completionCommand() *cli.Command {
	return &cli.Command{
		Name: "completion", Hidden: true, Usage: "print a completion script",
		UsageText: "bpf-sdt-link completion bash|fish|zsh",
		Description: `Prints a script for the shell to read.

Examples:

    source <(bpf-sdt-link completion bash)
    source <(bpf-sdt-link completion zsh)
    bpf-sdt-link completion fish | source
`,
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 || !slices.Contains(shells, c.Args().First()) {
				return usagef("completion", "the shell is needed, which can be: %s", strings.Join(shells, ", "))
			}
			script, err := completionScripts.ReadFile("completion/bpf-sdt-link." + c.Args().First())
			if err != nil {
				return err
			}
			return t.print(script)
		},
	}
}

// candidate is a word that can stand under the cursor.
type candidate struct{ word, description string }

// What can stand where no word is known.
const (
	completeNone    = ":none"
	completeFiles   = ":files"
	completeFolders = ":folders"
	completeObjects = ":files o a zst"
)

// completeValues are the values of options, where they are words. What else an option takes is known by the word that
// stands for it.
var completeValues = map[string][]candidate{
	"--diagnostics": {{"text", "for people"}, {"json", "one JSON object a line"}},
	"--color": {{"auto", "on a terminal, unless NO_COLOR is set"}, {"always", "also into files and pipes"},
		{"never", "no colours"}},
	"--probes": {{"nop", "as the RFC's kernel wants them"}, {"call", "calls that fentry programs observe"},
		{"call,best-effort", "NOPs where there can be no call"}, {"strip", "removed"}},
}

// completeInputs is what a command takes, if that is not objects.
var completeInputs = map[string]string{
	"header": completeNone, "version": completeNone, "man": completeNone, "help": completeNone, "completion": completeNone,
	"gen": completeNone, "cc": completeFiles, // a compiler, and whatever it takes
}

// complete answers a shell: the first of args is the protocol, the last is the word under the cursor.
func (t *tool) complete(args []string) error {
	words, prefix := args[1:], ""
	if args[0] == completionArgBash {
		words, prefix = joinBash(words)
	}
	candidates, rest := t.candidates(words[:len(words)-1], words[len(words)-1])
	var out strings.Builder
	for _, c := range candidates {
		if word, ok := strings.CutPrefix(c.word, prefix); ok {
			out.WriteString(word + "\t" + c.description + "\n")
		}
	}
	out.WriteString(rest + "\n")
	return t.print([]byte(out.String()))
}

// joinBash puts together what bash took apart. What it returns besides is the part of the last word that bash does not
// want to have back.
func joinBash(split []string) (words []string, prefix string) {
	glue := false
	for _, w := range split {
		sign := w == "=" || w == ":"
		if (sign || glue) && len(words) > 0 {
			words[len(words)-1] += w
		} else {
			words = append(words, w)
		}
		glue = sign
	}
	last := words[len(words)-1]
	return words, last[:strings.LastIndexAny(last, "=:")+1]
}

// candidates returns the words that can stand behind others and start as the current one does, and what else can.
func (t *tool) candidates(before []string, current string) (cs []candidate, rest string) {
	commands, inputs := t.app().Commands, completeObjects
	words := pick(before, wordsFrom(before, 0))
	flags := slices.Concat(globalFlags, linkFlags, measureFlags)
	for i, word := range words {
		c := find(commands, word)
		if commands = nil; c == nil {
			break // an input
		}
		flags = slices.Concat(globalFlags, c.Flags)
		if in, ok := completeInputs[c.Name]; ok {
			inputs = in
		}
		switch {
		case c.Name == "help" && i == 0:
			commands = t.app().Commands
		case c.Name == "completion":
			for _, s := range shells {
				commands = append(commands, &cli.Command{Name: s, Usage: "the script for " + s})
			}
		case i == 0:
			commands = c.Subcommands
		}
	}
	if slices.Contains(before, "--") {
		return nil, inputs
	}
	if option, value, ok := strings.Cut(current, "="); ok && strings.HasPrefix(option, "--") {
		if f, _ := lookup(flags, option); f != nil && takesValue(f) {
			return valueOf(f, option+"=", value)
		}
		return nil, completeNone
	}
	if len(before) > 0 {
		if f, value := lookup(flags, before[len(before)-1]); f != nil && takesValue(f) && value == nil {
			return valueOf(f, "", current)
		}
	}
	if strings.HasPrefix(current, "-") && current != "-" {
		return startingWith(current, optionsOf(flags)), completeNone
	}
	for _, c := range commands {
		if !c.Hidden {
			cs = append(cs, candidate{c.Name, c.Usage})
		}
	}
	if current == "-" {
		cs = optionsOf(flags)
	}
	return startingWith(current, cs), inputs
}

// valueOf returns what the value of an option can be, each with a prefix.
func valueOf(f cli.Flag, prefix, current string) (cs []candidate, rest string) {
	for _, v := range completeValues["--"+names(f)[0]] {
		cs = append(cs, candidate{prefix + v.word, v.description})
	}
	if cs != nil {
		return startingWith(prefix+current, cs), completeNone
	}
	switch metavariable(f) {
	case "FILE":
		return nil, completeFiles
	case "DIR":
		return nil, completeFolders
	}
	return nil, completeNone
}

// metavariable returns the word that stands for the value of an option in its help.
func metavariable(f cli.Flag) string {
	if d, ok := f.(cli.DocGenerationFlag); ok {
		_, usage, _ := strings.Cut(d.GetUsage(), "`")
		if word, _, ok := strings.Cut(usage, "`"); ok {
			return word
		}
	}
	return ""
}

// optionsOf returns the options that help shows, each with the first part of what it says.
func optionsOf(flags []cli.Flag) (cs []candidate) {
	for _, f := range flags {
		v, ok := f.(cli.VisibleFlag)
		d, documented := f.(cli.DocGenerationFlag)
		if !ok || !documented || !v.IsVisible() {
			continue
		}
		usage, _, _ := strings.Cut(strings.ReplaceAll(d.GetUsage(), "`", ""), "; ")
		cs = append(cs, candidate{"--" + names(f)[0], usage})
	}
	return cs
}

// startingWith returns those that start with a text, in order, each once.
func startingWith(text string, cs []candidate) []candidate {
	cs = slices.DeleteFunc(cs, func(c candidate) bool { return !strings.HasPrefix(c.word, text) })
	slices.SortStableFunc(cs, func(a, b candidate) int { return strings.Compare(a.word, b.word) })
	return slices.CompactFunc(cs, func(a, b candidate) bool { return a.word == b.word })
}
