// The second.
#include "../bpf.h"

extern unsigned int LINUX_KERNEL_VERSION __kconfig;
extern bool CONFIG_BPF_SYSCALL __kconfig __weak;
extern int CONFIG_MISSING __kconfig __weak;

__noinline int config_b(void)
{
	return CONFIG_BPF_SYSCALL + (LINUX_KERNEL_VERSION > 0) * 2 + CONFIG_MISSING;
}
