package linker_test

import (
	"os/exec"
	"runtime"
	"testing"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// needLibbpf skips a test where there is no bpftool or no bpffs, which it mounts for the test where that can be done.
func needLibbpf(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("bpftool"); err != nil {
		t.Skip("no bpftool is installed")
	}
	var st unix.Statfs_t
	if err := unix.Statfs(bpffs, &st); err == nil && st.Type == unix.BPF_FS_MAGIC {
		return
	}
	if err := unix.Mount("bpf", bpffs, "bpf", 0, ""); err != nil {
		t.Skipf("no bpffs at %s, and none can be mounted: %v", bpffs, err)
	}
	t.Cleanup(func() { unix.Unmount(bpffs, unix.MNT_DETACH) })
}

// runOnce runs a program on the first processor that the process may use. Maps with values for each processor can be compared
// only if all runs are on one.
func runOnce(p *ebpf.Program, opts *ebpf.RunOptions) (uint32, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var all, one unix.CPUSet
	if unix.SchedGetaffinity(0, &all) == nil {
		for cpu := range len(all) * 64 {
			if all.IsSet(cpu) {
				one.Set(cpu)
				break
			}
		}
		if unix.SchedSetaffinity(0, &one) == nil {
			defer unix.SchedSetaffinity(0, &all)
		}
	}
	return p.Run(opts)
}
