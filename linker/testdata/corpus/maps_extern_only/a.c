// An object whose only map is defined elsewhere.
// Run: look tc
#include "shared.h"

extern struct table table IN(".maps");

SEC("tc") int look(struct __sk_buff *skb)
{
	__u32 key = 3;
	__u64 *v = bpf_map_lookup_elem(&table, &key);

	return v ? *v + 44 : 0;
}

LICENSE_GPL;
