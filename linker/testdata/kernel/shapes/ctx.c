// The context as argument, in a static subprogram.
#include "probes.h"

static __noinline int length(struct xdp_md *ctx)
{
	BPF_SDT_PROBE1(parse, ctx);
	return ctx->data_end - ctx->data;
}

__u32 seen_ctx = 7;

SEC("xdp") int prog_ctx(struct xdp_md *ctx)
{
	int n = length(ctx);

	seen_ctx += n;
	return n > 100 ? XDP_DROP : XDP_PASS;
}
