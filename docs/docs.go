// Package docs holds the manual page, for the command to print. The page is made from manual.md, which is where to read it
// on the web.
package docs

import _ "embed"

// Man is the manual page, in roff.
//
//go:embed bpf-sdt-link.1
var Man []byte
