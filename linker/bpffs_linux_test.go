package linker_test

import (
	"os/exec"
	"testing"

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
