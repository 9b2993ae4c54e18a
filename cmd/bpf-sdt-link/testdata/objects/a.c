#include "test.h"

BPF_SDT_DECLARE2(my_trace, int, struct xdp_md *);
BPF_SDT_DECLARE(entered);

static noinline int length(struct xdp_md *ctx)
{
	int len = ctx->data_end - ctx->data;

	BPF_SDT_PROBE2(my_trace, len, ctx);
	return len;
}

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	BPF_SDT_PROBE(entered);
	return length(ctx) > 64 ? XDP_PASS : XDP_DROP;
}

SEC("license") char license_a[] = "GPL";
