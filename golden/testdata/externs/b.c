#include "bpf.h"

extern unsigned CONFIG_HZ __kconfig;
extern int CONFIG_NONE __kconfig __weak;
extern const void init_task __ksym;
void bpf_rcu_read_lock(void) __ksym;
void bpf_rcu_read_unlock(void) __ksym __weak;

SEC("xdp") int prog_b(struct xdp_md *ctx)
{
	bpf_rcu_read_lock();
	if (bpf_rcu_read_unlock)
		bpf_rcu_read_unlock();
	return CONFIG_HZ + CONFIG_NONE + (__u64)&init_task;
}
