// Externs that the loader resolves: kernel configuration, kernel variables with and without a type, kernel functions.
// Both objects declare some of them.
//
// Link all-orders: a.c b.c
// Expect-symbol: GLOBAL NOTYPE CONFIG_HZ UND
// Expect-symbol: GLOBAL NOTYPE CONFIG_BPF UND
// Expect-symbol: WEAK NOTYPE CONFIG_NONE UND
// Expect-symbol: GLOBAL NOTYPE jiffies UND
// Expect-symbol: GLOBAL NOTYPE init_task UND
// Expect-symbol: GLOBAL NOTYPE bpf_rcu_read_lock UND
// Expect-text: (?m)^  \.kconfig: 0 bytes\n(    .*\n){3}\n?
// Expect-text: (?m)^  \.ksyms: 0 bytes\n(    .*\n){4}
#include "bpf.h"

extern unsigned CONFIG_HZ __kconfig;
extern _Bool CONFIG_BPF __kconfig;
extern unsigned long jiffies __ksym;
extern const void init_task __ksym;
void bpf_rcu_read_lock(void) __ksym;

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	bpf_rcu_read_lock();
	return CONFIG_HZ + CONFIG_BPF + jiffies + (__u64)&init_task;
}
