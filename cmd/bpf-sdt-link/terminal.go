package main

import (
	"io"
	"os"

	"golang.org/x/term"
)

// isTerminal reports whether a stream goes to a terminal.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// showsEscapes reports whether a stream goes to a terminal that acts on the escape sequences of colours and of progress.
func showsEscapes(w io.Writer) bool {
	return os.Getenv("TERM") != "dumb" && isTerminal(w) && takesEscapes(w.(*os.File))
}

// terminalWidth returns the width of a terminal in columns, 0 if it is not known.
func terminalWidth(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil {
			return width
		}
	}
	return 0
}
