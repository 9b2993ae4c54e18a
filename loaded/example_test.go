package loaded_test

import (
	"fmt"
	"log"

	"github.com/bpfsdt/bpf-sdt-link/loaded"
)

// Example prints who observes what.
func Example() {
	programs, err := loaded.NewReader().All()
	if err != nil {
		log.Print(err) // of those that could not be read; programs has the others
	}
	for _, program := range programs {
		for _, probe := range program.Probes {
			for _, o := range probe.Observers {
				fmt.Printf("%s of program %d is observed by program %d, %s\n", probe.Name, program.ID, o.Program, o.Name)
			}
		}
	}
}
