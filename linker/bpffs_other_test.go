//go:build !linux

package linker_test

import "testing"

func needLibbpf(t *testing.T) { t.Skip("libbpf loads programs on Linux only") }
