package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/bpfsdt/bpf-sdt-link/diag"
)

// The command line library takes options after the first input for inputs, and the words of three
// command languages meet here (ours, a bare link, bpftool's). So the arguments are sorted first;
// the library then gets a command line in the one shape that it reads as one would expect:
//
//	COMMAND --option=value... -- INPUT...

// request is a command line that has been sorted.
type request struct {
	globals
	whole   map[int]bool // inputs, by index, that follow --whole-archive
	bpftool bool         // the real bpftool is to have the arguments, as they are
	argv    []string     // for the library
}

// startedAsBpftool reports whether the tool was started under bpftool's name, by a link say. Every
// word then has the meaning that it has for bpftool.
func startedAsBpftool(args []string) bool {
	return len(args) > 0 && strings.TrimSuffix(filepath.Base(args[0]), ".exe") == "bpftool"
}

// parse sorts a command line. The globals of the request are set even if there is an error,
// because they say how to print it.
func (t *tool) parse(args []string) (request, error) {
	if len(args) > 1 && args[1] == "cc" && !startedAsBpftool(args) {
		return t.sortCC(args[2:]) // what follows is a compiler's
	}
	commands := t.app().Commands
	args, asBpftool := args[1:], startedAsBpftool(args)
	lead := scanLead(args)
	at := wordsFrom(args, lead.next)
	words := pick(args, at)

	switch {
	case asBpftool || bpftoolLine(words, lead):
		if !isGenObject(words, asBpftool) {
			return request{globals: t.globals, bpftool: true}, nil
		}
		return t.sort([]string{"gen", "object"}, genObjectFlags, without(args, at...))
	case len(words) > 0 && words[0] == "help" && !lead.link:
		return t.sortHelp(commands, without(args, at[0]))
	case len(words) > 0 && words[0] == "cc" && !lead.help:
		return request{globals: t.globals}, usagef("cc", "'cc' is to be the first argument: what follows it is the compiler's")
	case len(words) > 0 && find(commands, words[0]) != nil:
		return t.sort([]string{words[0]}, find(commands, words[0]).Flags, without(args, at[0]))
	}
	// No command: a link, as with any linker.
	req, err := t.sort([]string{"link"}, find(commands, "link").Flags, args)
	switch {
	case lead.help:
		req.argv = []string{"--help"}
	case err != nil || len(words) == 0 || lead.link || req.argv[0] != "link" || req.argv[1] == "--help":
	case !hasOutput(req.argv) && !looksLikeFile(words[0]):
		err = usagef("", "'%s' is neither a command nor a file, and there is no -o FILE to link into%s", words[0], meant(commandNames(commands), words[0]))
	}
	return req, err
}

// keepGiven leaves the library the command that is asked for and the options that are given. It looks at every option that
// there is several times, with regular expressions, which takes longer than a small link.
func keepGiven(app *cli.App, argv []string) {
	if len(argv) == 0 || slices.Contains(argv, "--help") {
		return
	}
	c := find(app.Commands, argv[0])
	if c == nil {
		return
	}
	app.Commands, app.Flags = []*cli.Command{c}, nil
	for _, w := range argv[1:] {
		if sub := find(c.Subcommands, w); sub != nil {
			c = sub
		}
	}
	c.Flags = slices.DeleteFunc(slices.Clone(c.Flags), func(f cli.Flag) bool {
		for _, w := range argv {
			name, _, _ := strings.Cut(w, "=")
			if flag, _ := lookup([]cli.Flag{f}, name); flag != nil {
				return false
			}
		}
		return true
	})
}

// lead is what stands before the first word of a command line.
type lead struct {
	next    int  // index of the first word
	bpftool bool // there is an option that only bpftool has
	link    bool // there is an option that only a link has
	help    bool
	own     bool // there is an option of this tool that ends the matter: help or version
}

func scanLead(args []string) (l lead) {
	for l.next < len(args) {
		a := args[l.next]
		if a == "-" || a == "--" || !strings.HasPrefix(a, "-") {
			return l
		}
		l.next++
		flag, attached := lookup(globalFlags, a)
		if f, at := lookup(linkFlags, a); f != nil {
			flag, attached, l.link = f, at, true
		} else if f, at := lookup(bpftoolFlags, a); flag == nil && (f != nil || cluster(bpftoolFlags, a) != nil) {
			flag, attached, l.bpftool = f, at, true
		}
		switch {
		case flag == nil:
		case flag == helpFlag:
			l.help, l.own = true, true
		case flag == versionFlag:
			l.own = true
		case takesValue(flag) && attached == nil && l.next < len(args):
			l.next++
		}
	}
	return l
}

// wordsFrom returns the indexes of the first two arguments from args[i] on that are not options.
// bpftool takes options anywhere, so there may be some between its words.
func wordsFrom(args []string, i int) (words []int) {
	skip := false
	for ; i < len(args); i++ {
		a := args[i]
		switch {
		case a == "--" || len(words) == 2:
			return words
		case skip:
			skip = false
		case a != "-" && strings.HasPrefix(a, "-"):
			f, attached := lookup(slices.Concat(globalFlags, linkFlags, bpftoolFlags), a)
			skip = f != nil && takesValue(f) && attached == nil
		default:
			words = append(words, i)
		}
	}
	return words
}

func pick(args []string, at []int) (words []string) {
	for _, i := range at {
		words = append(words, args[i])
	}
	return words
}

// without returns args less those at the given indexes, which ascend.
func without(args []string, at ...int) []string {
	rest := slices.Clone(args)
	for _, i := range slices.Backward(at) {
		rest = slices.Delete(rest, i, i+1)
	}
	return rest
}

// sort makes the request for a command from the arguments that are left once its name is out.
func (t *tool) sort(path []string, flags []cli.Flag, args []string) (request, error) {
	req := request{globals: t.globals}
	var (
		words   []string
		options []string
		special string // "--help" or "version", which make all else moot
		first   error  // of the errors; globals behind it still count
		whole   bool
	)
	input := func(w string) {
		if whole {
			if req.whole == nil {
				req.whole = map[int]bool{}
			}
			req.whole[len(words)] = true
		}
		words = append(words, w)
	}
	fail := func(format string, a ...any) {
		if first == nil {
			first = usagef(strings.Join(path, " "), format, a...)
		}
	}
	all := slices.Concat(globalFlags, flags)
	for len(args) > 0 {
		a := args[0]
		args = args[1:]
		if a == "--" {
			for _, w := range args {
				input(w)
			}
			break
		}
		if a == "-" || !strings.HasPrefix(a, "-") {
			input(a)
			continue
		}
		flag, value := lookup(all, a)
		if flag == nil {
			if c := cluster(flags, a); c != nil {
				options = append(options, c...)
			} else {
				fail("unknown option %s%s", a, meant(optionNames(all), a))
			}
			continue
		}
		if takesValue(flag) && value == nil {
			if len(args) == 0 {
				fail("option %s needs a value", a)
				break
			}
			value, args = &args[0], args[1:]
		}
		switch flag {
		case wholeFlag, noWholeFlag:
			whole = flag == wholeFlag
		case helpFlag:
			special = "--help"
		case versionFlag:
			if special == "" {
				special = "version"
			}
		case diagnosticsFlag, colorFlag:
			if err := req.set(names(flag)[0], *value); err != nil {
				fail("%s", err)
			}
		default:
			option := "--" + names(flag)[0]
			if value != nil {
				option += "=" + *value
			}
			options = append(options, option)
		}
	}
	switch special {
	case "--help":
		req.argv = append(slices.Clone(path), special)
		return req, nil
	case "version":
		req.argv = []string{special}
		return req, nil
	}
	req.argv = slices.Concat(path, options, []string{"--"}, words)
	return req, first
}

// sortHelp turns 'help COMMAND' into 'COMMAND --help'.
func (t *tool) sortHelp(commands []*cli.Command, args []string) (request, error) {
	req, err := t.sort([]string{"help"}, nil, args)
	if err != nil {
		return req, err
	}
	sep := slices.Index(req.argv, "--")
	if sep < 0 {
		return request{globals: req.globals, argv: []string{"--help"}}, nil
	}
	topic := req.argv[sep+1:]
	if len(topic) > 0 && find(commands, topic...) == nil {
		return req, usagef("", "no help on '%s': there is no such command%s", strings.Join(topic, " "), meant(commandNames(commands), topic[0]))
	}
	req.argv = append(slices.Clone(topic), "--help")
	return req, nil
}

// lookup finds the flag that an argument names and the value that stands in the same argument,
// as in --output=x or -ox.
func lookup(flags []cli.Flag, arg string) (cli.Flag, *string) {
	long := strings.TrimPrefix(strings.TrimPrefix(arg, "-"), "-")
	key, value, attached := strings.Cut(long, "=")
	for _, f := range flags {
		if slices.Contains(names(f), key) && (len(key) > 1 || !strings.HasPrefix(arg, "--")) {
			if attached {
				return f, &value
			}
			return f, nil
		}
	}
	if len(long) < 2 || strings.HasPrefix(arg, "--") {
		return nil, nil
	}
	for _, f := range flags {
		if takesValue(f) && slices.Contains(names(f), long[:1]) {
			rest := long[1:]
			return f, &rest
		}
	}
	return nil, nil
}

// cluster reads an argument such as -jd as the options -j and -d, or returns nil.
func cluster(flags []cli.Flag, arg string) (options []string) {
	if strings.HasPrefix(arg, "--") || len(arg) < 3 {
		return nil
	}
	for _, c := range arg[1:] {
		f, _ := lookup(flags, "-"+string(c))
		if f == nil || takesValue(f) {
			return nil
		}
		options = append(options, "--"+names(f)[0])
	}
	return options
}

func takesValue(f cli.Flag) bool {
	d, ok := f.(cli.DocGenerationFlag)
	return ok && d.TakesValue()
}

// find returns the command at a path such as {"gen", "object"}, or nil.
func find(commands []*cli.Command, path ...string) (c *cli.Command) {
	for _, word := range path {
		i := slices.IndexFunc(commands, func(c *cli.Command) bool { return c.Name == word })
		if i < 0 {
			return nil
		}
		c, commands = commands[i], commands[i].Subcommands
	}
	return c
}

// meant is the end of a message about a word that is not known: a question, if one that is known is near.
func meant(known []string, word string) string {
	bare, _, _ := strings.Cut(word, "=")
	if near := diag.Nearest(bare, known); near != "" && near != bare {
		return "; did you mean " + near + "?"
	}
	return ""
}

func optionNames(flags []cli.Flag) (list []string) {
	for _, f := range flags {
		if v, ok := f.(cli.VisibleFlag); ok && !v.IsVisible() {
			continue
		}
		for _, n := range names(f) {
			if len(n) > 1 {
				list = append(list, "--"+n)
			}
		}
	}
	return list
}

func commandNames(commands []*cli.Command) (list []string) {
	for _, c := range commands {
		list = append(list, c.Name)
	}
	return list
}

func hasOutput(argv []string) bool {
	return slices.ContainsFunc(argv, func(a string) bool { return strings.HasPrefix(a, "--output=") })
}

// looksLikeFile tells an input from a mistyped command.
func looksLikeFile(word string) bool {
	if word == "-" || strings.ContainsAny(word, "./") {
		return true
	}
	_, err := os.Lstat(word)
	return err == nil
}

// names returns the names of an option, the long one first. The library's Names compiles them anew each time.
func names(f cli.Flag) []string {
	of := func(name string, aliases []string) []string { return append([]string{name}, aliases...) }
	switch f := f.(type) {
	case *cli.BoolFlag:
		return of(f.Name, f.Aliases)
	case *cli.StringFlag:
		return of(f.Name, f.Aliases)
	case *cli.StringSliceFlag:
		return of(f.Name, f.Aliases)
	case *cli.IntFlag:
		return of(f.Name, f.Aliases)
	}
	return f.Names()
}
