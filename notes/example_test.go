package notes_test

import (
	"fmt"
	"log"

	"github.com/bpfsdt/bpf-sdt-link/examples"
	"github.com/bpfsdt/bpf-sdt-link/notes"
)

// The probes of an object that clang has made, and where they are.
func ExampleFile_Probes() {
	data, err := examples.Object("firewall.o")
	if err != nil {
		log.Fatal(err)
	}
	file, err := notes.Open("firewall.o", data)
	if err != nil {
		log.Fatal(err)
	}
	probes, faults := file.Probes()
	for _, p := range probes {
		fmt.Printf("%s, declared: %t\n", p.Name, p.Declared)
		for _, a := range p.Args {
			fmt.Printf("  takes %s, %d bytes\n", a.Type, a.Size)
		}
		for _, s := range p.Sites {
			fmt.Printf("  in %s, instruction %d of %s, %v\n", s.Function, s.Insn(), s.Section, s.Linked)
		}
	}
	fmt.Println(len(faults), "diagnostics")
	// Output:
	// verdict, declared: true
	//   takes __u32, 4 bytes
	//   takes __u16, 2 bytes
	//   takes int, 4 bytes
	//   in firewall, instruction 21 of xdp, nop
	// 0 diagnostics
}

// The tag that tells where a site was, once it is a call.
func ExampleParseSiteTag() {
	tag := notes.SiteTagText("packet_in", 7)
	fmt.Println(tag)
	probe, insn, ok := notes.ParseSiteTag(tag)
	fmt.Println(probe, insn, ok)
	// Output:
	// bpf_sdt_site:packet_in:7
	// packet_in 7 true
}
