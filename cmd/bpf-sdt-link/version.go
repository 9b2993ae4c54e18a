package main

import (
	"fmt"
	"runtime/debug"

	"github.com/urfave/cli/v2"
)

// version is set when a release is built: -ldflags "-X main.version=v1.2.3".
var version = ""

func (t *tool) versionCommand() *cli.Command {
	return &cli.Command{
		Name: "version", Usage: "print the version", UsageText: "bpf-sdt-link version",
		Description: "Examples:\n\n    bpf-sdt-link version\n    bpf-sdt-link -V\n",
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return usagef("version", "'%s' is one argument too many", c.Args().First())
			}
			return t.print(fmt.Appendf(nil, "%s %s\n", name, ownVersion()))
		},
	}
}

// ownVersion is the version set at build time, else what the Go tool recorded: the module's version
// for 'go install', or one that it made from the commit.
func ownVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(unknown)"
}
