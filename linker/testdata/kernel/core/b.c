// The same kernel types, otherwise described, and a type of its own.
#include "core.h"

struct task_struct___b {
	int tgid;
	char comm[16];
	int no_such_field;
} __core;

struct sk_buff {
	unsigned int len;
	unsigned char *data;
} __core;

struct no_such_type {
	int x;
} __core;

enum bpf_cmd {
	BPF_PROG_LOAD = 1000, /* 5 in the kernel */
};

char seen_comm[16];

__noinline int skip(int x)
{
	return x + field(struct task_struct___b, comm, FIELD_OFFSET) +
	       field(struct task_struct___b, no_such_field, FIELD_EXISTS);
}

SEC("tc") int prog_b(struct __sk_buff *skb)
{
	struct task_struct___b *task = (void *)bpf_get_current_task();
	int n = skip(skb->len);

	bpf_probe_read_kernel(seen_comm, sizeof(seen_comm), &task->comm);
	n += field(struct sk_buff, data, FIELD_OFFSET);
	n += __builtin_preserve_type_info(*(struct no_such_type *)0, TYPE_EXISTS) * 10000;
	n += __builtin_preserve_type_info(*(struct sk_buff *)0, TYPE_EXISTS) * 20000;
	n += __builtin_preserve_enum_value(*(enum bpf_cmd *)BPF_PROG_LOAD, ENUM_VALUE) * 100000;
	return n;
}
