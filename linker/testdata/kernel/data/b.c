// Defines a map and a variable in .rodata; its statics have the names of those in a.c.
#include "shared.h"

struct counts counts SEC(".maps");

const volatile __u8 odd_b = 9;
const volatile __u32 limit = 100;

static __u64 state = 77;
static const __u16 weights[8] = { 13, 17, 19, 23, 29, 31, 37, 41 };
static volatile __u8 bias = 200;

SEC("tc") int prog_b(struct __sk_buff *skb)
{
	__u32 len = skb->len, key = len % 3, index = len & 3;
	struct flow *f = bpf_map_lookup_elem(&flows, &key);
	__u64 *n = bpf_map_lookup_elem(&counts, &index);

	state += weights[len & 7];
	if (f)
		f->bytes += 1000000;
	if (n)
		(*n)++;
	total += bias;
	return state + limit + odd_b;
}
