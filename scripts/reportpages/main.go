// Reportpages writes pages of maps that never were, for the tests in scripts/reporttest.
//
//	reportpages DIR
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/bpfsdt/bpf-sdt-link/internal/samplemap"
	"github.com/bpfsdt/bpf-sdt-link/linkmap"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: reportpages DIR")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "reportpages:", err)
		os.Exit(1)
	}
}

func run(dir string) error {
	for name, m := range map[string]*linkmap.Map{
		"firewall": samplemap.Firewall(),
		"hostile":  samplemap.Hostile(),
		"empty":    {Output: "empty.o"},
		"medium":   samplemap.Large(40, 2000),
		"large":    samplemap.Large(800, 100_000),
	} {
		if err := write(filepath.Join(dir, name+".html"), m); err != nil {
			return err
		}
	}
	return nil
}

func write(name string, m *linkmap.Map) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := m.WriteHTML(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
