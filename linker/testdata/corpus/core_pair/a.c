// CO-RE accesses to one kernel type through different local views in two objects.
// Run: core_a xdp
#include "../bpf.h"
#include <bpf/bpf_core_read.h>

struct task_struct {
	int tgid;
	char comm[16];
} CORE;

struct only_a {
	struct task_struct *t;
	int n;
} CORE;

int core_b(int x);
__u32 local_id_b(void);

static __noinline int read(void)
{
	struct task_struct *t = (void *)bpf_get_current_task();

	return BPF_CORE_READ(t, tgid) >= 0 ? 1 : 100;
}

SEC("xdp") int core_a(struct xdp_md *ctx)
{
	__u32 id = bpf_core_type_id_local(struct only_a);

	return read() + core_b(2) + (id != local_id_b() ? 10 : 0);
}

LICENSE_GPL;
