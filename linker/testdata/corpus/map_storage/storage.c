// Socket, inode, task and cgroup storage: maps without entries.
#include "../bpf.h"

struct counters {
	__u64 calls;
	__u32 last;
};

struct task_struct;
struct inode;
struct bpf_sock;
struct bpf_sock_addr;

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct counters);
} of_socket SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_INODE_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct counters);
} of_inode SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct counters);
} of_task SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_CGRP_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct counters);
} of_cgroup SEC(".maps");

struct storage_key {
	__u64 cgroup;
	__u32 attach_type;
};

struct {
	__uint(type, BPF_MAP_TYPE_CGROUP_STORAGE);
	__type(key, struct storage_key);
	__type(value, struct counters);
} old_style SEC(".maps");

SEC("tp_btf/sched_switch") int switched(unsigned long long *ctx)
{
	struct counters *c = bpf_task_storage_get(&of_task, (void *)ctx[1], 0, 1);

	if (c)
		__sync_fetch_and_add(&c->calls, 1);
	return 0;
}

SEC("cgroup_skb/egress") int egress(struct __sk_buff *skb)
{
	struct counters *c = bpf_get_local_storage(&old_style, 0);

	c->last = skb->len;
	return 1;
}

LICENSE_GPL;
