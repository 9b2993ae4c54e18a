// Asks for addresses that a.c asks for as well, and for more of its own.
#include "ksyms.h"

extern __u64 CONFIG_NO_SUCH_NUMBER __weak __in(".kconfig");
extern int LINUX_KERNEL_VERSION __in(".kconfig");

extern const void no_such_symbol_either __weak __in(".ksyms");

__u64 address;
int version;

SEC("tc") int prog_b(struct __sk_buff *skb)
{
	address = (__u64)&schedule;
	version = LINUX_KERNEL_VERSION;
	return CONFIG_NO_SUCH_NUMBER + (&no_such_symbol_either == 0) + (&no_such_symbol == 0) * 10;
}
