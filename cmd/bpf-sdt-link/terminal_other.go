//go:build !linux

package main

import (
	"io"
	"os"
)

// isTerminal reports whether a stream goes to a character device, which is a terminal but for
// the likes of /dev/null.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	fi, err := f.Stat()
	return err == nil && fi.Mode()&os.ModeCharDevice != 0
}

// terminalWidth returns the width of a terminal in columns, 0 if it is not known.
func terminalWidth(io.Writer) int { return 0 }
