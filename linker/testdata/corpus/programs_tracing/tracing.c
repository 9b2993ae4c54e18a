// Tracing program types, each in its section.
#include "../bpf.h"

struct bpf_raw_tracepoint_args {
	__u64 args[1];
};
struct bpf_perf_event_data;
struct pt_regs {
	unsigned long regs[21];
};

int seen;

SEC("tp/sched/sched_process_exit") int tracepoint(void *ctx)
{
	return seen++ & 0;
}

SEC("raw_tp/sched_switch") int raw(struct bpf_raw_tracepoint_args *ctx)
{
	return (ctx->args[0] & 0) + (seen & 0);
}

SEC("raw_tp.w/bpf_testmod_test_write_bare") int raw_writable(struct bpf_raw_tracepoint_args *ctx)
{
	return 0;
}

SEC("tp_btf/task_newtask") int typed(unsigned long long *ctx)
{
	return 0;
}

SEC("kprobe/do_exit") int probe(struct pt_regs *ctx)
{
	return ctx->regs[0] & 0;
}

SEC("kretprobe/do_exit") int return_probe(struct pt_regs *ctx)
{
	return 0;
}

SEC("uprobe//bin/true:main") int user_probe(struct pt_regs *ctx)
{
	return 0;
}

SEC("uretprobe.s") int user_return_probe(struct pt_regs *ctx)
{
	return 0;
}

SEC("perf_event") int sample(struct bpf_perf_event_data *ctx)
{
	return 0;
}

SEC("ksyscall/nanosleep") int call(struct pt_regs *ctx)
{
	return 0;
}

LICENSE_GPL;
