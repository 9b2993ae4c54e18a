// A callback and a static subprogram of the names that a.c's have.
#include "calls.h"

static long each(__u32 i, struct sum *sum)
{
	sum->value = sum->value * 5 + i;
	BPF_SDT_PROBE2(step, i, sum->value);
	return i == 6;
}

static __noinline int twice(int x)
{
	return x * 2 + 1;
}

__noinline int scale(int x, int by)
{
	return twice(x) * by;
}

SEC("tc") int prog_b(struct __sk_buff *skb)
{
	struct sum sum = { .value = 1 };

	bpf_loop(skb->len & 7, each, &sum, 0);
	return sum.value + mix(skb->len) + twice(skb->len) + count_to(skb->len);
}
