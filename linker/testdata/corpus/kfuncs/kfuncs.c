// Kernel functions, strong and weak, with acquire and release.
#include "../bpf.h"

struct task_struct {
	int pid;
} CORE;

extern struct task_struct *bpf_task_acquire(struct task_struct *p) __ksym;
extern void bpf_task_release(struct task_struct *p) __ksym;
extern int not_a_kernel_function(int x) __ksym __weak;

SEC("tp_btf/task_newtask") int task(unsigned long long *ctx)
{
	struct task_struct *t = (void *)ctx[0], *own;

	if (not_a_kernel_function)
		return not_a_kernel_function(1);
	own = bpf_task_acquire(t);
	if (own)
		bpf_task_release(own);
	return 0;
}

LICENSE_GPL;
