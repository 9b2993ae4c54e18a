package main

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// completionArg is what the shell's script puts before the words for which it wants completions.
const completionArg = "--generate-completion"

// completing reports whether a shell asks for completions.
func completing(args []string) bool {
	return len(args) > 2 && args[1] == completionArg
}

// bashCompletion asks the tool for what the word under the cursor can be. Where that has nothing to
// say, a file may stand.
const bashCompletion = `_bpf_sdt_link() {
	local cur=${COMP_WORDS[COMP_CWORD]}
	local IFS=$'\n'
	COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" ` + completionArg + ` "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)" -- "$cur"))
}
complete -o bashdefault -o default -F _bpf_sdt_link bpf-sdt-link
`

func (t *tool) completionCommand() *cli.Command {
	return &cli.Command{
		Name: "completion", Hidden: true, Usage: "print a completion script",
		UsageText: "bpf-sdt-link completion bash",
		Description: `Prints a script for the shell to source.

Examples:

    source <(bpf-sdt-link completion bash)
`,
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 || c.Args().First() != "bash" {
				return usagef("completion", "the shell is needed, which can be: bash")
			}
			return t.print([]byte(bashCompletion))
		},
	}
}

// complete prints what the last of the words can be, which may be empty: options of the command if
// it starts with '-', commands if there is none before it.
func (t *tool) complete(args []string) error {
	current, before := args[len(args)-1], args[:len(args)-1]
	commands := t.app().Commands
	words := pick(before, wordsFrom(before, 0))
	flags := slices.Concat(globalFlags, linkFlags)
	for i, word := range words {
		c := find(commands, word)
		if commands = nil; c == nil {
			break // an input
		}
		flags = slices.Concat(globalFlags, c.Flags)
		if i == 0 {
			commands = c.Subcommands
		}
	}
	if len(before) > 0 {
		if f, value := lookup(flags, before[len(before)-1]); f != nil && takesValue(f) && value == nil {
			return nil // a file, or whatever the option takes
		}
	}
	var out []string
	if strings.HasPrefix(current, "-") {
		for _, f := range flags {
			if v, ok := f.(cli.VisibleFlag); ok && v.IsVisible() {
				out = append(out, "--"+names(f)[0])
			}
		}
	} else {
		for _, c := range commands {
			if !c.Hidden {
				out = append(out, c.Name)
			}
		}
	}
	slices.Sort(out)
	return t.print([]byte(strings.Join(append(slices.Compact(out), ""), "\n")))
}
