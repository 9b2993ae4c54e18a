#include "bpf.h"

__hidden __noinline int check(int n)
{
	return n + 2;
}

SEC("tc") int prog_b(struct __sk_buff *skb)
{
	return check(2);
}
