// CO-RE relocations in .text, some in a weak function that b.c overrides, some behind it.
#include "core.h"

struct task_struct {
	int pid;
	int tgid;
} __core;

int seen_tgid;

#ifndef WHOLE
__weak int skip(int x)
{
	return x + field(struct task_struct, pid, FIELD_OFFSET) + field(struct task_struct, tgid, FIELD_SIZE);
}
#endif

static __noinline int current_tgid(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	int tgid = 0;

	bpf_probe_read_kernel(&tgid, sizeof(tgid), &task->tgid);
	return tgid;
}

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	seen_tgid = current_tgid();
	return skip(1) + field(struct task_struct, pid, FIELD_SIZE) * 100 + field(struct task_struct, tgid, FIELD_EXISTS) * 1000;
}
