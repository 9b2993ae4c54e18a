// Queue, stack and LPM trie.
// Run: queue xdp
#include "../bpf.h"

struct prefix {
	__u32 len;
	__u8 data[4];
};

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 4);
	__type(value, __u32);
} queue_map SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK);
	__uint(max_entries, 4);
	__type(value, __u32);
} stack_map SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 4);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct prefix);
	__type(value, __u32);
} trie SEC(".maps");

SEC("xdp") int queue(struct xdp_md *ctx)
{
	struct prefix p = { 16, { 10, 1, 0, 0 } };
	__u32 one = 1, two = 2, q = 0, s = 0, *t;

	bpf_map_push_elem(&queue_map, &one, 0);
	bpf_map_push_elem(&queue_map, &two, 0);
	bpf_map_push_elem(&stack_map, &one, 0);
	bpf_map_push_elem(&stack_map, &two, 0);
	bpf_map_pop_elem(&queue_map, &q);
	bpf_map_pop_elem(&stack_map, &s);
	bpf_map_update_elem(&trie, &p, &two, 0);
	p.len = 32;
	p.data[3] = 7;
	t = bpf_map_lookup_elem(&trie, &p);
	return q * 100 + s * 10 + (t ? *t : 9);
}

LICENSE_GPL;
