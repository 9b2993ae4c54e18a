package sdt

import (
	"fmt"
	"runtime"

	"github.com/cilium/ebpf"

	"github.com/bpfsdt/bpf-sdt-link/loaded"
)

// Running returns what the kernel tells of a program: its probes, and who observes each. It takes CAP_SYS_ADMIN; without it
// the error wraps [loaded.ErrRights]. To read many programs, or programs by id or pin, use package loaded.
func Running(target *ebpf.Program) (loaded.Program, error) {
	if target == nil {
		return loaded.Program{}, fmt.Errorf("probes of a program: no program")
	}
	defer runtime.KeepAlive(target)
	p, err := loaded.NewReader().FromFD(target.FD())
	if err != nil {
		return loaded.Program{}, fmt.Errorf("probes of %v: %w", target, err)
	}
	return p, nil
}
