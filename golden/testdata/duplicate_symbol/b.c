#include "bpf.h"

int level = 2;

__noinline int check(int n)
{
	return n - level;
}

SEC("xdp") int prog_b(struct xdp_md *ctx)
{
	return check(ctx->data);
}
