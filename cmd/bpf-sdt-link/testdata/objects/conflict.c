#include "test.h"

BPF_SDT_DECLARE2(my_trace, int, unsigned long);

SEC("xdp") int prog_c(struct xdp_md *ctx)
{
	int len = ctx->data_end - ctx->data;

	BPF_SDT_PROBE2(my_trace, len, (unsigned long)len);
	return XDP_PASS;
}
