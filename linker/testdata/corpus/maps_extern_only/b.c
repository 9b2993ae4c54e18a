// Defines it, after one of its own.
#include "shared.h"

struct table before SEC(".maps"), table SEC(".maps");

SEC("tc") int other(struct __sk_buff *skb)
{
	__u32 key = 2;
	__u64 *v = bpf_map_lookup_elem(&before, &key);

	return v ? 1 : 0;
}
