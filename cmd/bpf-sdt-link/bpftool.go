package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/bpfsdt/bpf-sdt-link/diag"
)

// bpftoolVar names the environment variable with the bpftool to hand command lines to.
const bpftoolVar = "BPF_SDT_BPFTOOL"

// handedOnVar is set for the bpftool that is run, so that a copy of this tool, or a script that
// calls it, does not hand the same line round in a circle.
const handedOnVar = "BPF_SDT_LINK_HANDED_ON"

// bpftoolObjects are the words that a bpftool command line starts with (bpftool 7.8). Of these,
// 'link', 'help' and 'version' are commands of this tool as well.
var bpftoolObjects = []string{
	"prog", "map", "link", "cgroup", "perf", "net", "feature", "btf", "gen", "struct_ops", "iter", "token",
	"help", "version", "batch",
}

// bpftoolFlags are the options that bpftool takes anywhere on a command line. 'gen object' takes
// them too. Its -h and -V are ours.
var bpftoolFlags = []cli.Flag{
	&cli.BoolFlag{Name: "json", Aliases: []string{"j"}, Usage: "print an error as JSON to standard output, as bpftool does", DisableDefaultText: true},
	&cli.BoolFlag{Name: "pretty", Aliases: []string{"p"}, Usage: "as --json, indented", DisableDefaultText: true},
	&cli.BoolFlag{Name: "debug", Aliases: []string{"d"}, Hidden: true},
	&cli.BoolFlag{Name: "use-loader", Aliases: []string{"L"}, Hidden: true},
	&cli.BoolFlag{Name: "bpffs", Aliases: []string{"f"}, Hidden: true},
	&cli.BoolFlag{Name: "mapcompat", Aliases: []string{"m"}, Hidden: true},
	&cli.BoolFlag{Name: "nomount", Aliases: []string{"n"}, Hidden: true},
	&cli.BoolFlag{Name: "legacy", Aliases: []string{"l"}, Hidden: true},
	&cli.BoolFlag{Name: "sign", Aliases: []string{"S"}, Hidden: true},
	&cli.StringFlag{Name: "base-btf", Aliases: []string{"B"}, Hidden: true},
	&cli.StringFlag{Name: "key", Aliases: []string{"k"}, Hidden: true},
	&cli.StringFlag{Name: "cert", Aliases: []string{"i"}, Hidden: true},
}

// bpftoolLine decides whether a command line is in bpftool's words. For a word that both tools
// have, an option in front that only bpftool knows makes it bpftool's ('-j version'), and so does a
// bpf_link subcommand, which could only be a link without an output ('link show').
func bpftoolLine(words []string, l lead) bool {
	if len(words) == 0 || l.own || l.link || !slices.Contains(bpftoolObjects, words[0]) {
		return false
	}
	switch words[0] {
	case "link":
		shown := len(words) > 1 && slices.Contains([]string{"show", "list", "pin", "detach"}, words[1])
		return l.bpftool || shown
	case "help", "version":
		return l.bpftool
	}
	return true
}

// isGenObject reports whether bpftool's words are 'gen object'. bpftool takes any beginning of a
// word for the word; for the first word this tool does so under bpftool's name only.
func isGenObject(words []string, asBpftool bool) bool {
	if len(words) < 2 || words[1] == "" || !strings.HasPrefix("object", words[1]) {
		return false
	}
	return words[0] == "gen" || asBpftool && words[0] != "" && strings.HasPrefix("gen", words[0])
}

// execBpftool replaces this process by the real bpftool. It returns only if that fails.
func execBpftool(args []string) error {
	path, err := findBpftool()
	if err != nil {
		return err
	}
	env := append(os.Environ(), handedOnVar+"=1")
	err = execFile(path, args, env)
	return bpftoolErrorf("cannot run %s: %v", path, err)
}

// findBpftool returns the path of a bpftool that is not this tool.
func findBpftool() (string, error) {
	if os.Getenv(handedOnVar) != "" {
		return "", bpftoolErrorf("the bpftool that is set or found runs %s again", name)
	}
	self := ownFile()
	if set := os.Getenv(bpftoolVar); set != "" {
		path, err := exec.LookPath(set)
		if err != nil {
			return "", bpftoolErrorf("cannot run '%s', which %s names: %s", set, bpftoolVar, lookPathCause(err))
		}
		if isFile(path, self) {
			return "", bpftoolErrorf("%s is '%s', which is %s itself", bpftoolVar, set, name)
		}
		return path, nil
	}
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		if dir == "" {
			dir = "."
		}
		// Not Join, which takes a leading "./" off: that is no path to a program any more.
		if path := programFile(dir + string(filepath.Separator) + "bpftool"); path != "" && !isFile(path, self) {
			return path, nil
		}
	}
	return "", bpftoolErrorf("this is a command of bpftool, and there is no bpftool on PATH")
}

func lookPathCause(err error) string {
	if e, ok := err.(*exec.Error); ok {
		err = e.Err
	}
	return cause(err)
}

func ownFile() os.FileInfo {
	path, err := os.Executable()
	if err != nil {
		return nil
	}
	fi, err := os.Stat(path)
	if err != nil {
		return nil
	}
	return fi
}

func isFile(path string, fi os.FileInfo) bool {
	other, err := os.Stat(path)
	return err == nil && fi != nil && os.SameFile(fi, other)
}

func bpftoolErrorf(format string, args ...any) error {
	return diag.Errorf("bpftool", diag.Place{}, "%s", fmt.Sprintf(format, args...)).
		WithHint("install bpftool, or set %s to its path", bpftoolVar)
}
