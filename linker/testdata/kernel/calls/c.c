// Functions that the others call, and a program in a section that another object has too.
#include "calls.h"

__noinline int frame_length(struct xdp_md *ctx)
{
	return ctx->data_end - ctx->data;
}

static __noinline int inner(int x)
{
	return x ^ 0x55;
}

__hidden __noinline int mix(int x)
{
	return inner(x) + inner(x + 1) * 3;
}

SEC("xdp") int prog_c(struct xdp_md *ctx)
{
	int len = frame_length(ctx);

	return inner(len) + scale(len, 7);
}
