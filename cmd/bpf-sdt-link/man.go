//go:build !urfave_cli_no_docs

package main

import "github.com/urfave/cli/v2"

func (t *tool) manCommand() *cli.Command {
	return &cli.Command{
		Name: "man", Hidden: true, Usage: "print the manual page", UsageText: "bpf-sdt-link man",
		Description: "Examples:\n\n    bpf-sdt-link man | man -l -\n",
		Action: func(c *cli.Context) error {
			page, err := c.App.ToManWithSection(1)
			if err != nil {
				return err
			}
			return t.print([]byte(page))
		},
	}
}
