#include "bpf.h"

long before_b = 3;
int level = 4;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} other SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

SEC("tc") int prog_b(struct __sk_buff *skb)
{
	__u32 key = level + before_b;

	return bpf_map_lookup_elem(&other, &key) ? XDP_PASS : XDP_DROP;
}
