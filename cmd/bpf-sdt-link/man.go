package main

import (
	"github.com/urfave/cli/v2"

	"github.com/bpfsdt/bpf-sdt-link/docs"
)

func (t *tool) manCommand() *cli.Command {
	return &cli.Command{
		Name: "man", Hidden: true, Usage: "print the manual page", UsageText: "bpf-sdt-link man",
		Description: "Examples:\n\n    bpf-sdt-link man | man -l -\n",
		Action:      func(*cli.Context) error { return t.print(docs.Man) },
	}
}
