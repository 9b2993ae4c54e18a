package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// Options of every command, before or behind its name. They are taken out of the command line
// before the library sees it (see args.go) and are declared for the help.
var (
	helpFlag        = &cli.BoolFlag{Name: "help", Aliases: []string{"h"}, Usage: "print this help", DisableDefaultText: true}
	versionFlag     = &cli.BoolFlag{Name: "version", Aliases: []string{"V"}, Usage: "print the version", DisableDefaultText: true}
	diagnosticsFlag = &cli.StringFlag{Name: "diagnostics", DefaultText: "text",
		Usage: "print diagnostics as `FORM`: text, or json (one object a line)"}
	colorFlag = &cli.StringFlag{Name: "color", DefaultText: "auto",
		Usage: "colour diagnostics `WHEN`: auto (on a terminal, unless NO_COLOR is set), always or never"}
	globalFlags = []cli.Flag{diagnosticsFlag, colorFlag, versionFlag, helpFlag}
)

func init() {
	cli.HelpFlag = helpFlag
	cli.HelpPrinter = func(w io.Writer, text string, data any) {
		cli.HelpPrinterCustom(w, text, data, map[string]any{"option": optionHelp})
	}
}

// Columns of the help of options. The library gives an option one line, however long, behind the longest name of all.
const (
	helpIndent = 26
	helpWidth  = 100
)

// optionHelp is the help of one option: its names and what it does, which starts on a line of its own behind long names.
func optionHelp(f cli.Flag) string {
	d, ok := f.(cli.DocGenerationFlag)
	if !ok {
		return ""
	}
	value, usage := metavar(d.GetUsage())
	var shown []string
	for _, n := range names(f) {
		dashes := "--"
		if len(n) == 1 {
			dashes = "-"
		}
		if d.TakesValue() {
			n += " " + cmp.Or(value, "VALUE")
		}
		shown = append(shown, dashes+n)
	}
	if text := d.GetDefaultText(); d.TakesValue() && text != "" && text != `""` {
		usage += " (default: " + text + ")"
	}
	var b strings.Builder
	line := "   " + strings.Join(shown, ", ")
	if len(line) > helpIndent-2 {
		b.WriteString(line + "\n")
		line = ""
	}
	line += strings.Repeat(" ", helpIndent-len(line))
	start := true
	for _, word := range strings.Fields(usage) {
		switch {
		case start:
		case len(line)+1+len(word) > helpWidth:
			b.WriteString(line + "\n")
			line = strings.Repeat(" ", helpIndent)
		default:
			line += " "
		}
		line += word
		start = false
	}
	return b.String() + line + "\n"
}

// metavar returns the word in backquotes in the help of an option, and the help without the quotes.
func metavar(usage string) (value, text string) {
	before, rest, ok := strings.Cut(usage, "`")
	if !ok {
		return "", usage
	}
	value, after, _ := strings.Cut(rest, "`")
	return value, before + value + after
}

// set sets a global option.
func (g *globals) set(option, value string) error {
	switch option + "=" + value {
	case "diagnostics=text", "diagnostics=json":
		g.json = value == "json"
	case "color=auto", "color=always", "color=never":
		g.color = value
	default:
		values := map[string]string{"diagnostics": "text or json", "color": "auto, always or never"}
		return fmt.Errorf("--%s is %s, not '%s'", option, values[option], value)
	}
	return nil
}

const shortUsage = `Usage: bpf-sdt-link -o OUT IN...
       bpf-sdt-link COMMAND [OPTION]... FILE...
Commands: link, cc, probes, check, header, dump, diff, help, version; and those of bpftool.
See 'bpf-sdt-link --help'.
`

const appHelp = `{{.Name}} - {{.Usage}}

Usage:
{{indent 3 .UsageText}}

{{trim .Description}}

Commands:
{{range .VisibleCommands}}   {{.Name}}{{"\t"}}{{.Usage}}
{{end}}
Options:
{{range .VisibleFlags}}{{option .}}{{end}}`

const commandHelp = `{{.HelpName}} - {{.Usage}}

Usage:
{{indent 3 .UsageText}}

{{trim .Description}}
{{if .VisibleCommands}}
Commands:
{{range .VisibleCommands}}   {{.Name}}{{"\t"}}{{.Usage}}
{{end}}{{end}}
Options:
{{range .VisibleFlags}}{{option .}}{{end}}`

// app declares the commands.
func (t *tool) app() *cli.App {
	app := &cli.App{
		Name:      name,
		Usage:     "link BPF objects, static tracing probes included",
		UsageText: "bpf-sdt-link [OPTION]... -o OUT IN...\nbpf-sdt-link COMMAND [OPTION]... FILE...\nbpf-sdt-link BPFTOOL-COMMAND...",
		Description: `Links relocatable BPF objects that clang made into one that libbpf, cilium/ebpf and bpftool load.
BPF SDT probes (bpf_sdt.h) are checked, merged and kept working. Without a command, the inputs are
linked. '-' is standard input or standard output. Inputs may be compressed by zstd. Options may stand
anywhere; '--' ends them.

A command line of bpftool's is taken as well: 'gen object' is done here, all else is handed to the
bpftool that $BPF_SDT_BPFTOOL or PATH gives, so that 'make BPFTOOL=bpf-sdt-link' builds a project.

Exit status: 0 all is well, 1 an input is at fault or a file cannot be read or written, 2 the command
line is wrong. Diagnostics go to standard error.

Examples:

    clang -O2 -g -target bpf -I$(bpf-sdt-link header --print-dir) -c a.c
    bpf-sdt-link -o prog.o a.o b.o
    bpf-sdt-link probes prog.o
    bpf-sdt-link gen object prog.o a.o b.o
    make BPFTOOL=bpf-sdt-link
`,
		Flags:                 slices.Concat(linkFlags, measureFlags, globalFlags),
		Commands:              t.commands(),
		CustomAppHelpTemplate: appHelp,
		HideHelpCommand:       true,
		// A rule for probes has commas of its own.
		DisableSliceFlagSeparator: true,
		HideVersion:               true, // the library's own -v; ours is -V
		OnUsageError:              onUsageError,
		// Errors are reported by finish; the library would print them and exit.
		ExitErrHandler: func(*cli.Context, error) {},
	}
	var prepare func(path string, cs []*cli.Command)
	prepare = func(path string, cs []*cli.Command) {
		for _, c := range cs {
			c.CustomHelpTemplate = commandHelp
			c.HideHelpCommand = true // 'help' may be an input's name
			c.OnUsageError = onUsageError
			if len(c.Subcommands) == 0 {
				c.Flags = append(c.Flags[:len(c.Flags):len(c.Flags)], diagnosticsFlag, colorFlag)
			}
			prepare(path+c.Name+" ", c.Subcommands)
		}
	}
	prepare("", app.Commands)
	return app
}

func (t *tool) commands() []*cli.Command {
	return []*cli.Command{
		t.linkCommand(),
		t.ccCommand(),
		t.genCommand(),
		t.probesCommand(),
		t.checkCommand(),
		t.headerCommand(),
		t.dumpCommand(),
		t.diffCommand(),
		{
			Name: "help", Usage: "print the help of a command", UsageText: "bpf-sdt-link help [COMMAND]",
			Description: "Examples:\n\n    bpf-sdt-link help link\n",
		},
		t.versionCommand(),
		t.manCommand(),
		t.completionCommand(),
	}
}

// onUsageError takes what the library finds wrong with a command line, the value of a switch say.
func onUsageError(c *cli.Context, err error, _ bool) error {
	return usagef(commandPath(c), "%s", err)
}

// commandPath returns the words of the command without the tool's name: "gen object".
func commandPath(c *cli.Context) string {
	return strings.TrimSpace(strings.TrimPrefix(c.Command.HelpName, name))
}
