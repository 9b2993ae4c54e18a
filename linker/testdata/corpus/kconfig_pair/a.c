// The same configuration in two objects, weak in one; and one of each own.
// Run: config_a tc
#include "../bpf.h"

extern bool CONFIG_BPF_SYSCALL __kconfig;
extern int CONFIG_HZ __kconfig __weak;
int config_b(void);

SEC("tc") int config_a(struct __sk_buff *skb)
{
	return CONFIG_BPF_SYSCALL + (CONFIG_HZ > 0) * 2 + config_b() * 4;
}

LICENSE_GPL;
