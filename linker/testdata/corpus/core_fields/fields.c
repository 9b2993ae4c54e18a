// CO-RE relocations of fields: offset, existence, size, signedness, shifts, of structs, unions, arrays, bitfields.
// Run: fields xdp
#include "../bpf.h"
#include <bpf/bpf_core_read.h>

struct task_struct___old {
	int state;
} CORE;

struct list_head {
	struct list_head *next, *prev;
} CORE;

struct cred {
	int not_there;
} CORE;

struct task_struct {
	int pid, tgid;
	char comm[16];
	struct task_struct *real_parent;
	const struct cred *cred;
	struct list_head tasks;
	unsigned int sched_reset_on_fork : 1;
	int exit_state;
} CORE;

SEC("xdp") int fields(struct xdp_md *ctx)
{
	struct task_struct *t = (void *)bpf_get_current_task();
	int r = 0;

	if (bpf_core_field_exists(t->pid))
		r += 1;
	if (bpf_core_field_exists(struct cred, not_there))
		r += 2;
	if (bpf_core_field_exists(struct task_struct___old, state))
		r += 4;
	if (bpf_core_field_size(t->comm) == 16)
		r += 8;
	if (bpf_core_field_size(t->tasks) == 16)
		r += 16;
	if (BPF_CORE_READ(t, pid) >= 0 && BPF_CORE_READ(t, real_parent, tgid) >= 0)
		r += 32;
	if (BPF_CORE_READ_BITFIELD_PROBED(t, sched_reset_on_fork) <= 1)
		r += 64;
	if (__builtin_preserve_field_info(t->exit_state, BPF_FIELD_SIGNED))
		r += 128;
	if (BPF_CORE_READ(t, tasks.next))
		r += 256;
	return r;
}

LICENSE_GPL;
