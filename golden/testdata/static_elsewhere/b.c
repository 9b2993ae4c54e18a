#include "bpf.h"

static volatile int level = 3;

static __noinline int check(int n)
{
	return n + level;
}

SEC("tc") int prog_b(struct __sk_buff *skb)
{
	return check(2);
}
