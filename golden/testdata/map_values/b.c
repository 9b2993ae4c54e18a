#include "bpf.h"

SEC("xdp") int unrelated(struct xdp_md *ctx)
{
	return ctx->data;
}

SEC("xdp") int tail_b(struct xdp_md *ctx)
{
	return XDP_ABORTED;
}
