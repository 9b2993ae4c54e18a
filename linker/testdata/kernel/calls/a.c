// Calls into b.c and c.c, static subprograms, and a callback of the name that b.c's has.
#include "calls.h"

static long each(__u32 i, struct sum *sum)
{
	BPF_SDT_PROBE2(step, i, sum->value);
	sum->value += i * 3;
	sum->steps++;
	return 0;
}

__noinline __u64 count_to(__u32 n)
{
	struct sum sum = {};

	bpf_loop(n & 15, each, &sum, 0);
	return sum.value * 16 + sum.steps;
}

static __noinline int twice(int x)
{
	return scale(x, 2) + mix(x);
}

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	int len = frame_length(ctx);

	return twice(len) + scale(len, 5) + count_to(len);
}
