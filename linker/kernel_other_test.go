//go:build !linux

package linker_test

import (
	"testing"

	"github.com/cilium/ebpf"
)

func needLibbpf(t *testing.T) { t.Skip("libbpf loads programs on Linux only") }

func runOnce(p *ebpf.Program, opts *ebpf.RunOptions) (uint32, error) { return p.Run(opts) }
