// A prog array whose values are programs of the other object.
// Run: enter tc
#include "../bpf.h"

int second(struct __sk_buff *skb);
int third(struct __sk_buff *skb);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 2);
	__uint(key_size, 4);
	__array(values, int(struct __sk_buff *));
} jumps SEC(".maps") = {
	.values = { second, third },
};

SEC("tc") int enter(struct __sk_buff *skb)
{
	bpf_tail_call(skb, &jumps, 0);
	return 1;
}

LICENSE_GPL;
