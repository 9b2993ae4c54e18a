#include "bpf.h"

extern long missing;

__weak __noinline int pick(long n)
{
	return n + missing;
}

SEC("tc") int prog_b(struct __sk_buff *skb)
{
	return pick(2);
}
