// Kernel pointers in map values: referenced and not.
#include "../bpf.h"

#undef __kptr
#define __kptr TYPE_TAG("kptr")
#define __kptr_untrusted TYPE_TAG("kptr_untrusted")

struct task_struct {
	int pid;
} CORE;

struct value {
	struct task_struct __kptr *task;
	struct task_struct __kptr_untrusted *other;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, int);
	__type(value, struct value);
} tasks SEC(".maps");

extern struct task_struct *bpf_task_acquire(struct task_struct *p) __ksym;
extern void bpf_task_release(struct task_struct *p) __ksym;

SEC("tp_btf/task_newtask") int keep(unsigned long long *ctx)
{
	struct task_struct *t = bpf_task_acquire((void *)ctx[0]);
	struct value init = {}, *v;
	int key = 1;

	if (!t)
		return 0;
	bpf_map_update_elem(&tasks, &key, &init, 0);
	v = bpf_map_lookup_elem(&tasks, &key);
	if (v)
		t = bpf_kptr_xchg(&v->task, t);
	if (t)
		bpf_task_release(t);
	return 0;
}

LICENSE_GPL;
