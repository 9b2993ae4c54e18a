#include "bpf.h"

extern struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} counters __in(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u64);
	__type(value, __u64);
} own SEC(".maps");

SEC("tc") int prog_b(struct __sk_buff *skb)
{
	__u32 key = 0;
	__u64 wide = skb->mark;
	__u64 *count = bpf_map_lookup_elem(&counters, &key);
	__u64 *mine = bpf_map_lookup_elem(&own, &wide);

	return count && mine ? *count + *mine : 0;
}
