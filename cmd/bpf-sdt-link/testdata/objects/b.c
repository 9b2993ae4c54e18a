#include "test.h"

BPF_SDT_DECLARE2(my_trace, int, struct xdp_md *);

SEC("xdp") int prog_b(struct xdp_md *ctx)
{
	int len = ctx->data_end - ctx->data;

	BPF_SDT_PROBE2(my_trace, len, ctx);
	return XDP_PASS;
}
