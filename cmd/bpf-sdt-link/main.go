// Command bpf-sdt-link links BPF objects, static tracing probes included.
//
// Run 'bpf-sdt-link --help' for the commands. Exit status: 0 all is well, 1 an input is at fault or
// a file cannot be read or written, 2 the command line is wrong ('diff' has that of diff(1)).
// Data goes to standard output, diagnostics to standard error.
package main

import "os"

func main() {
	os.Exit(run(os.Args, os.Stdin, os.Stdout, os.Stderr))
}
