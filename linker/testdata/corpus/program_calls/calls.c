// A global subprogram that takes the context, beside two programs.
// Run: outer xdp
#include "../bpf.h"

SEC("xdp") int inner(struct xdp_md *ctx)
{
	return ctx->data_end - ctx->data;
}

__noinline int between(struct xdp_md *ctx)
{
	return ctx->rx_queue_index + 3;
}

SEC("xdp") int outer(struct xdp_md *ctx)
{
	return between(ctx) * 10;
}

LICENSE_GPL;
