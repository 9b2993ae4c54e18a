#include "bpf.h"

void *where_b;

static __noinline int pick_b(int n)
{
	static void *const labels[] = { &&one, &&two };

	where_b = labels[n & 1];
	if (n > 4)
		goto two;
one:
	n += 5;
two:
	return n * 9;
}

SEC("xdp") int prog_b(struct xdp_md *ctx)
{
	return pick_b(ctx->data);
}
