package lower_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/cilium/ebpf"

	"github.com/bpfsdt/bpf-sdt-link/linker"
)

// TestKernel asks the verifier: a random program that it takes, it takes lowered as well, and it runs to the same
// result. The kernel has values for what the interpreter makes up, so these are compared only with each other.
func TestKernel(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("loading programs needs root")
	}
	loaded, tried, before, refused := 0, 0, 0, 0
	for seed := range uint64(200) {
		p := generate(seed+1, true)
		data, err := p.object(binary.LittleEndian)
		if err != nil {
			t.Fatal(err)
		}
		want, err := inKernel(t, data, linker.Options{})
		if errors.Is(err, syscall.EPERM) {
			t.Skipf("the kernel does not let this process load programs: %v", err)
		}
		tried++
		if err != nil {
			continue
		}
		before++
		for _, m := range modes {
			opts := m.options(p)
			if _, err := link(data, opts); err != nil {
				refused++
				continue
			}
			got, err := inKernel(t, data, opts)
			if err != nil {
				if strings.Contains(err.Error(), "too large") || strings.Contains(err.Error(), "too complex") {
					t.Logf("seed %d, %s: %v", seed+1, m.name, err)
					continue
				}
				t.Errorf("seed %d, %s: the verifier takes the program, and not what is made of it: %+v", seed+1, m.name, err)
				continue
			}
			loaded++
			if p.steady() && got != want {
				t.Errorf("seed %d, %s: returns %#x, want %#x", seed+1, m.name, got, want)
			}
		}
	}
	t.Logf("%d programs, of which the verifier takes %d; of these %d lowered ones load, %d are refused by the linker", tried, before, loaded, refused)
	if before < tried/4 {
		t.Errorf("the verifier takes %d of %d programs: they say little", before, tried)
	}
}

// steady reports whether a program returns the same each time: it asks for no time, no random number and no address.
func (p *randProgram) steady() bool {
	for _, f := range p.funcs {
		for i, in := range f.insns {
			op, id := byte(in), int32(in>>32)
			if _, called := f.calls[i]; op == 0x85 && !called && (id == 5 || id == 7 || id == 8) {
				return false
			}
		}
	}
	return true
}

// inKernel links and loads a program, and runs it on a packet.
func inKernel(t *testing.T, data []byte, o linker.Options) (uint32, error) {
	t.Helper()
	res, err := link(data, o)
	if err != nil {
		t.Fatal(err)
	}
	spec, err := ebpf.LoadCollectionSpecFromReader(bytes.NewReader(res.Object))
	if err != nil {
		t.Fatal(err)
	}
	coll, err := ebpf.NewCollection(spec)
	if err != nil {
		return 0, err
	}
	defer coll.Close()
	return coll.Programs["main"].Run(&ebpf.RunOptions{Data: make([]byte, 64)})
}
