// Asks the loader for what a.c asks for as well.
#include "externs.h"

static __noinline int version(void)
{
	return LINUX_KERNEL_VERSION;
}

SEC("tc") int prog_b(struct __sk_buff *skb)
{
	return version();
}
