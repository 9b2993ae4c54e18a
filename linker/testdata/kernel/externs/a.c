// Asks the loader for what b.c asks for as well.
#include "externs.h"

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	return LINUX_KERNEL_VERSION > 0x50000;
}
