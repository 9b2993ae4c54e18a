package include_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/bpfsdt/bpf-sdt-link/include"
)

// A build puts the header where clang finds it.
func ExampleHeader() {
	dir, err := os.MkdirTemp("", "include-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, include.Name), include.Header(), 0o644); err != nil {
		log.Fatal(err)
	}
	// clang -O2 -g -target bpf -I DIR -c prog.c
	fmt.Println("written:", include.Name)
	// Output:
	// written: bpf_sdt.h
}
