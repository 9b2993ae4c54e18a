#include "bpf.h"

static __noinline int one_b(int n)
{
	return n * 3;
}

static __noinline int two_b(int n)
{
	return n * 5;
}

static int state_b = 8;

void *handlers_b[] = { two_b, &state_b };

SEC("xdp") int prog_b(struct xdp_md *ctx)
{
	return one_b(ctx->data) + two_b(ctx->data_end) + (handlers_b[ctx->data_meta & 1] != 0);
}
