// Compile: -mcpu=v4
#include "bpf.h"

static __noinline int pick_b(int n)
{
	static void *const labels[] = { &&zero, &&one, &&two };

	goto *labels[n & 1];
zero:
	return 20;
one:
	n += 5;
two:
	return n * 7;
}

SEC("xdp") int prog_b(struct xdp_md *ctx)
{
	return pick_b(ctx->data);
}
