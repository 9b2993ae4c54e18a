package object_test

import (
	"encoding/binary"
	"fmt"
	"log"

	"github.com/bpfsdt/bpf-sdt-link/examples"
	"github.com/bpfsdt/bpf-sdt-link/object"
)

// The code of an object: its sections and the functions in them.
func ExampleParse() {
	data, err := examples.Object("parser.o")
	if err != nil {
		log.Fatal(err)
	}
	obj, err := object.Parse("parser.o", data)
	if err != nil {
		log.Fatal(err) // a diag.Diagnostic
	}
	for i, s := range obj.Sections {
		if !s.Exec() || s.Size == 0 {
			continue
		}
		fmt.Printf("%s: %d instructions, %d relocations\n", s.Name, s.Size/object.InsnSize, len(s.Relocs))
		for _, y := range obj.Symbols {
			if y.Type == object.TypeFunc && y.Section == uint32(i) {
				fmt.Printf("  %s at %#x\n", y.Name, y.Value)
			}
		}
	}
	// Output:
	// .text: 41 instructions, 0 relocations
	//   ethernet_protocol at 0xe0
	//   parse_packet at 0x0
}

// An object is written, and read again.
func ExampleImage() {
	image := object.Image{
		Order: binary.LittleEndian,
		Sections: []object.ImageSection{{
			Name: "xdp", Type: object.SecProgbits, Flags: object.FlagAlloc | object.FlagExec, Align: 8,
			Data: []byte{0xb7, 0, 0, 0, 2, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0}, // r0 = 2; exit
		}},
		Symbols: []object.ImageSymbol{{Name: "pass", Bind: object.Global, Type: object.TypeFunc, Size: 16}},
	}
	data, err := image.Write()
	if err != nil {
		log.Fatal(err)
	}
	obj, err := object.Parse("pass.o", data)
	if err != nil {
		log.Fatal(err)
	}
	y := obj.Symbols[len(obj.Symbols)-1]
	fmt.Printf("%s is in %s\n", y.Name, obj.Sections[y.Section].Name)
	// Output:
	// pass is in xdp
}
