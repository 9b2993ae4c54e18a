// Two int arguments, in an XDP program.
#include "probes.h"

__u32 seen_args;

SEC("xdp") int prog_args(struct xdp_md *ctx)
{
	int len = ctx->data_end - ctx->data;
	int ret = len > 64 ? XDP_PASS : XDP_DROP;

	BPF_SDT_PROBE2(verdict, len, ret);
	seen_args += len;
	return ret;
}
