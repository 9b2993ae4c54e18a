package linker

import (
	"bytes"
	"context"
	"testing"

	"github.com/cilium/ebpf"

	"github.com/bpfsdt/bpf-sdt-link/object"
)

// cilium/ebpf takes the address of the right function: of a global one, and of a weak one, which it would refuse. (In
// links that are loaded and run, TestDifferentialRun has the other things that it refuses or misreads: two static
// functions of one name, a static and a global variable of one name, a weak map that is used, bodies of overridden
// weak functions.)
func TestCiliumFunctionAddress(t *testing.T) {
	for _, bind := range []uint8{object.Global, object.Weak} {
		b := newBuild().
			fn(".text", "first", object.Global, 1).
			fn(".text", "callback", bind, 2).
			fn("xdp", "prog", object.Global, 3, "load callback", "call first").
			data("license", "LICENSE", object.Global, 'G', 'P', 'L', 0)
		r, err := Link(context.Background(), []Input{{Name: "a.o", Data: b.bytes(t)}}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		spec, err := ebpf.LoadCollectionSpecFromReader(bytes.NewReader(r.Object))
		if err != nil {
			t.Fatal(err)
		}
		var addresses []string
		for _, ins := range spec.Programs["prog"].Instructions {
			if ins.IsLoadOfFunctionPointer() {
				addresses = append(addresses, ins.Reference())
			}
		}
		if len(addresses) != 1 || addresses[0] != "callback" {
			t.Errorf("the program takes the addresses of %q", addresses)
		}
	}
}
