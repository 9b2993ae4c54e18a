package btfgen_test

import (
	"encoding/binary"
	"fmt"
	"log"

	"github.com/bpfsdt/bpf-sdt-link/btfgen"
	"github.com/bpfsdt/bpf-sdt-link/examples"
	"github.com/bpfsdt/bpf-sdt-link/object"
)

// typesOf returns the types of an example object.
func typesOf(name string) *btfgen.Types {
	data, err := examples.Object(name)
	if err != nil {
		log.Fatal(err)
	}
	obj, err := object.Parse(name, data)
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range obj.Sections {
		if s.Name == ".BTF" {
			types, err := btfgen.ParseTypes(s.Data, obj.Order)
			if err != nil {
				log.Fatal(err)
			}
			return types
		}
	}
	log.Fatal("no BTF")
	return nil
}

// The functions of an object, as C.
func ExampleParseTypes() {
	types := typesOf("parser.o")
	for id := uint32(1); id < types.Len(); id++ {
		if types.Kind(id) == btfgen.Func {
			fmt.Println(types.Declare(types.Target(id), types.Name(id)))
		}
	}
	// Output:
	// int parse_packet(struct xdp_md *ctx, struct packet *p)
	// int ethernet_protocol(struct xdp_md *ctx)
}

// The types of two objects become one set: what both have is in it once.
func ExampleMerger() {
	firewall, parser := typesOf("firewall.o"), typesOf("parser.o")
	merger := btfgen.NewMerger()
	hasher := merger.NewHasher()
	merger.Add(hasher.Prepare(firewall, nil))
	merger.Add(hasher.Prepare(parser, nil))
	data, _, err := merger.Finish(binary.LittleEndian)
	if err != nil {
		log.Fatal(err)
	}
	merged, err := btfgen.ParseTypes(data, binary.LittleEndian)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("fewer than in both:", merged.Len() < firewall.Len()+parser.Len())
	fmt.Println("more than in one:", merged.Len() > parser.Len())
	// Output:
	// fewer than in both: true
	// more than in one: true
}

// BTF is made from nothing: a function that takes an int.
func ExampleBuilder() {
	b := btfgen.NewBuilder(binary.LittleEndian)
	integer := b.Int("int", 4, btfgen.Signed)
	proto := b.Proto(integer, []btfgen.Param{{Name: "len", Type: integer}})
	verdict := b.Func("verdict", proto, btfgen.Global)

	types, err := btfgen.ParseTypes(b.Types(), binary.LittleEndian)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(types.Declare(types.Target(verdict), types.Name(verdict)))
	// Output:
	// int verdict(int len)
}
