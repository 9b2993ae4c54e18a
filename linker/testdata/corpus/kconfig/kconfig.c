// Kernel configuration: of all kinds, weak where it may be missing; the kernel's version.
// Run: config xdp
#include "../bpf.h"

extern unsigned int LINUX_KERNEL_VERSION __kconfig;
extern bool CONFIG_BPF_SYSCALL __kconfig;
extern enum libbpf_tristate CONFIG_BPF __kconfig;
extern int CONFIG_HZ __kconfig __weak;
extern char CONFIG_DEFAULT_HOSTNAME[16] __kconfig __weak;
extern __u64 CONFIG_NOT_THERE __kconfig __weak;

SEC("xdp") int config(struct xdp_md *ctx)
{
	int r = 0;

	if (LINUX_KERNEL_VERSION >= KERNEL_VERSION(4, 4, 0))
		r += 1;
	if (CONFIG_BPF_SYSCALL)
		r += 2;
	if (CONFIG_BPF == TRI_YES)
		r += 4;
	if (CONFIG_HZ > 0)
		r += 8;
	if (CONFIG_DEFAULT_HOSTNAME[15] == 0)
		r += 16;
	if (CONFIG_NOT_THERE)
		r += 32;
	return r;
}

LICENSE_GPL;
