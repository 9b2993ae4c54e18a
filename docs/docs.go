// Package docs holds the manual page, for the command to print.
package docs

import _ "embed"

// Man is the manual page, in roff.
//
//go:embed bpf-sdt-link.1
var Man []byte
