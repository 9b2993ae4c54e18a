// Compile: -g0
#include "bpf.h"

int verdict(int queue)
{
	return queue ? XDP_DROP : XDP_PASS;
}

int limit = 3;

SEC("tc") int prog_b(struct __sk_buff *skb)
{
	return skb->len > limit;
}
