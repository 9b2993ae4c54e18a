package reloc_test

import (
	"encoding/binary"
	"fmt"
	"log"

	"github.com/bpfsdt/bpf-sdt-link/reloc"
)

// The addend of a call is the offset of the function that it calls, from the symbol of the relocation. A linker moves it.
func ExampleClassify() {
	text := []byte{0x85, 0x10, 0, 0, 0xff, 0xff, 0xff, 0xff} // call -1: of the symbol itself
	field, err := reloc.Classify(reloc.Call32, true, text, 0)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(reloc.Name(reloc.Call32), field.Addend(binary.LittleEndian, text, 0, 0))

	if err := field.SetAddend(binary.LittleEndian, text, 0, 64); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("% x\n", text)

	_, err = reloc.Classify(reloc.Abs64, false, text[:4], 0)
	fmt.Println(err)
	// Output:
	// R_BPF_64_32 0
	// 85 10 00 00 07 00 00 00
	// R_BPF_64_ABS64 runs over the end of its section
}
