// The other view, a flavour, and a local type id.
#include "../bpf.h"
#include <bpf/bpf_core_read.h>

struct task_struct {
	struct task_struct *real_parent;
	int pid;
} CORE;

struct task_struct___flavour {
	struct task_struct___flavour *real_parent;
	int pid;
	int never_there;
} CORE;

struct only_b {
	long z;
} CORE;

static __noinline int read(void)
{
	struct task_struct *t = (void *)bpf_get_current_task();
	struct task_struct___flavour *f = (void *)t;
	int n = 0;

	if (bpf_core_field_exists(f->never_there))
		n = BPF_CORE_READ(f, never_there);
	return (BPF_CORE_READ(t, real_parent, pid) >= 0 ? 2 : 200) + n;
}

__noinline int core_b(int x)
{
	return read() * x;
}

__noinline __u32 local_id_b(void)
{
	return bpf_core_type_id_local(struct only_b);
}
