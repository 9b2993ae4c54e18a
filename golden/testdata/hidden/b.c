#include "bpf.h"

int helper(int n);
extern int limit;

SEC("xdp") int prog(struct xdp_md *ctx)
{
	return helper(ctx->data) + limit;
}
