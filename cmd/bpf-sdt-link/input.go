package main

import (
	"github.com/bpfsdt/bpf-sdt-link/object"
)

// stdinName and stdoutName stand for the streams in diagnostics.
const (
	stdinName  = "<stdin>"
	stdoutName = "<stdout>"
)

// displayName is the name of an input in diagnostics.
func displayName(arg string) string {
	if arg == "-" {
		return stdinName
	}
	return arg
}

// checkInputs refuses what cannot be read for being named wrongly.
func checkInputs(command string, args []string) error {
	stdin := 0
	for _, a := range args {
		if a == "" {
			return usagef(command, "an input's name is empty")
		}
		if a == "-" {
			stdin++
		}
	}
	if stdin > 1 {
		return usagef(command, "'-' is given %d times, but standard input can be read only once", stdin)
	}
	return nil
}

// read returns the contents of an input.
func (t *tool) read(arg string) (data []byte, err error) {
	if arg == "-" {
		data, err = object.Read(t.stdin)
	} else {
		data, err = object.ReadFile(arg)
	}
	if err != nil {
		return nil, &fileError{displayName(arg), "read", err}
	}
	return data, nil
}

// readObject returns the contents of an input, decompressed.
func (t *tool) readObject(arg string) ([]byte, error) {
	data, err := t.read(arg)
	if err != nil {
		return nil, err
	}
	return object.Plain(displayName(arg), data)
}
