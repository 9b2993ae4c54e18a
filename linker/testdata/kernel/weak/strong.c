// Overrides the weak function of weak.c.
#include "verdict.h"

static __noinline int helper(int x)
{
	x = x * 1111;
	return x ^ 11;
}

__noinline int verdict(int x)
{
	x = x * 1112;
	BPF_SDT_PROBE1(decided, x);
	return helper(x);
}

SEC("tc") int prog_strong(struct __sk_buff *skb)
{
	int len = skb->len;

	len = helper(len) + verdict(len);
	len = len * 1113;
	return len;
}
