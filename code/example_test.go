package code_test

import (
	"encoding/binary"
	"fmt"
	"log"

	"github.com/bpfsdt/bpf-sdt-link/code"
	"github.com/bpfsdt/bpf-sdt-link/examples"
	"github.com/bpfsdt/bpf-sdt-link/object"
)

// The functions of an object.
func ExampleFunctions() {
	data, err := examples.Object("parser.o")
	if err != nil {
		log.Fatal(err)
	}
	obj, err := object.Parse("parser.o", data)
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range code.Functions(obj).Funcs {
		fmt.Printf("%s: %s, %d bytes\n", obj.Sections[f.Section].Name, f.Name, f.End-f.Start)
	}
	// Output:
	// .text: parse_packet, 224 bytes
	// .text: ethernet_protocol, 104 bytes
}

// An instruction is taken out of a section, and the map tells where the others come to be.
func ExampleMap() {
	section := []byte{
		0x05, 0, 1, 0, 0, 0, 0, 0, // goto +1
		0xb7, 0, 0, 0, 1, 0, 0, 0, // r0 = 1, which cannot be reached
		0xb7, 0, 0, 0, 2, 0, 0, 0, // r0 = 2
		0x95, 0, 0, 0, 0, 0, 0, 0, // exit
	}
	m := code.NewMap([]code.Cut{{Start: 8, End: 16}})
	at, stays := m.At(16)
	fmt.Println("r0 = 2 is at", at, stays)
	_, stays = m.At(8)
	fmt.Println("r0 = 1 is there:", stays)

	short, err := m.Apply(binary.LittleEndian, section, func(uint64) bool { return false }, false)
	if err != nil {
		log.Fatal(err)
	}
	to, _ := code.Target(binary.LittleEndian, short, 0)
	fmt.Println("the goto leads to", to)
	// Output:
	// r0 = 2 is at 8 true
	// r0 = 1 is there: false
	// the goto leads to 8
}
