// Iterator programs that print with bpf_seq_printf.
#include "../bpf.h"

struct seq_file;
struct bpf_iter_meta {
	struct seq_file *seq;
	__u64 session_id, seq_num;
} CORE;
struct task_struct {
	int pid, tgid;
	char comm[16];
} CORE;
struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
} CORE;
struct bpf_map {
	__u32 id, max_entries;
} CORE;
struct bpf_iter__bpf_map {
	struct bpf_iter_meta *meta;
	struct bpf_map *map;
} CORE;

SEC("iter/task") int tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *t = ctx->task;

	if (t)
		BPF_SEQ_PRINTF(ctx->meta->seq, "%d %s\n", t->pid, t->comm);
	return 0;
}

SEC("iter/bpf_map") int all_maps(struct bpf_iter__bpf_map *ctx)
{
	struct bpf_map *m = ctx->map;

	if (m)
		BPF_SEQ_PRINTF(ctx->meta->seq, "map %u %u\n", m->id, m->max_entries);
	return 0;
}

LICENSE_GPL;
