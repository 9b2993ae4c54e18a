// The programs; they use the map of the other object.
#include "../bpf.h"

extern struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 2);
	__uint(key_size, 4);
	__array(values, int(struct __sk_buff *));
} jumps IN(".maps");

SEC("tc") int second(struct __sk_buff *skb)
{
	skb->mark = 5;
	bpf_tail_call(skb, &jumps, 1);
	return 2;
}

SEC("tc") int third(struct __sk_buff *skb)
{
	return skb->mark * 1000 + skb->len;
}
