#include "probes.h"

SEC("xdp") int prog_b(struct xdp_md *ctx)
{
	return ctx->data_end - ctx->data;
}
