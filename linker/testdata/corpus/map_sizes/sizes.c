// Maps that give key_size and value_size and no types, or one of each; map_extra, numa_node and pinning.
// Run: sizes tc
#include "../bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(key_size, 4);
	__uint(value_size, 8);
	__uint(max_entries, 4);
} by_size SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(key_size, sizeof(int));
	__type(value, long);
	__uint(max_entries, 4);
} mixed SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_BLOOM_FILTER);
	__type(value, __u32);
	__uint(max_entries, 64);
	__uint(map_extra, 3);
} bloom SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NUMA_NODE | BPF_F_NO_PREALLOC);
	__uint(numa_node, 0);
	__uint(max_entries, 4);
	__type(key, int);
	__type(value, int);
} on_node SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(pinning, LIBBPF_PIN_NONE);
	__type(key, int);
	__type(value, char[3]);
} not_pinned SEC(".maps");

SEC("tc") int sizes(struct __sk_buff *skb)
{
	__u32 k = 1;
	__u64 v = skb->len, *p;
	char *c;

	bpf_map_update_elem(&by_size, &k, &v, 0);
	bpf_map_update_elem(&mixed, &k, &v, 0);
	bpf_map_update_elem(&on_node, &k, &k, 0);
	bpf_map_push_elem(&bloom, &k, 0);
	k = 0;
	c = bpf_map_lookup_elem(&not_pinned, &k);
	if (c)
		c[2] = 1;
	k = 1;
	p = bpf_map_lookup_elem(&by_size, &k);
	return p && !bpf_map_peek_elem(&bloom, &k) ? *p : 1000;
}

LICENSE_GPL;
