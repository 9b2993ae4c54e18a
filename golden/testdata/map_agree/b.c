#include "bpf.h"

typedef __u32 key_t;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 128);
	__uint(map_flags, 1);
	__type(key, key_t);
	__type(value, unsigned long long);
} flows SEC(".maps");

struct {
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 4);
	__uint(type, BPF_MAP_TYPE_ARRAY);
} counters __attribute__((weak)) SEC(".maps");

SEC("tc") int prog_b(struct __sk_buff *skb)
{
	__u32 key = skb->mark;
	__u64 *count = bpf_map_lookup_elem(&counters, &key);
	__u64 *flow = bpf_map_lookup_elem(&flows, &key);

	if (count && flow)
		*flow += *count;
	return 0;
}
