// Compile: -g0
#include "bpf.h"

SEC("tc") int prog_b(struct __sk_buff *skb)
{
	return skb->len;
}
