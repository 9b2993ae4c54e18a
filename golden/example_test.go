package golden_test

import (
	"fmt"
	"log"
	"strings"

	"github.com/bpfsdt/bpf-sdt-link/examples"
	"github.com/bpfsdt/bpf-sdt-link/golden"
)

// The beginning of an object's text.
func ExampleDump() {
	data, err := examples.Object("parser.o")
	if err != nil {
		log.Fatal(err)
	}
	text, err := golden.Dump("parser.o", data)
	if err != nil {
		log.Fatal(err)
	}
	lines := strings.Split(text, "\n")
	fmt.Println(strings.Join(lines[:min(12, len(lines))], "\n"))
	// Output:
	// object little-endian
	//
	// sections
	//   .bpf_sdt_notes: PROGBITS align 1 size 16
	//   .debug_bpf_sdt_chk: PROGBITS WA align 8 size 8
	//   .debug_bpf_sdt_types: PROGBITS A align 8 size 8
	//   .text: PROGBITS AX align 8
	//
	// symbols
	//   GLOBAL OBJECT __sdt_chk_parse_start_1 in .debug_bpf_sdt_chk size 8
	//   LOCAL OBJECT __sdt_type_parse_start in .debug_bpf_sdt_types size 8
	//   LOCAL FUNC ethernet_protocol in .text size 104
}

// What differs between two texts.
func ExampleDiff() {
	before := "symbols\n  GLOBAL FUNC filter in xdp size 16\n  LOCAL FUNC helper in .text size 24\n"
	after := "symbols\n  GLOBAL FUNC filter in xdp size 24\n  LOCAL FUNC helper in .text size 24\n"
	fmt.Print(golden.Diff("old.o", before, "new.o", after))
	// Output:
	// --- old.o
	// +++ new.o
	// @@ -1,3 +1,3 @@
	//  symbols
	// -  GLOBAL FUNC filter in xdp size 16
	// +  GLOBAL FUNC filter in xdp size 24
	//    LOCAL FUNC helper in .text size 24
}
