//go:build urfave_cli_no_docs

package main

import "github.com/urfave/cli/v2"

// manCommand is there without this tag only: what makes manual pages takes longer to start than a small link.
func (t *tool) manCommand() *cli.Command { return nil }
