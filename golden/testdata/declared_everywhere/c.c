#include "probes.h"

SEC("tc") int prog_c(struct __sk_buff *skb)
{
	return skb->mark;
}
