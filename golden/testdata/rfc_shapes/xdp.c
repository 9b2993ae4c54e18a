// The first of the three shapes that the RFC's selftests have: two int arguments in an XDP program.
// Expect-probe: xdp_result(int, int) at xdp_prog
// Expect-symbol: GLOBAL FUNC xdp_prog in xdp
#include "probes.h"

SEC("xdp") int xdp_prog(struct xdp_md *ctx)
{
	int len = ctx->data_end - ctx->data;
	int ret = len > 64 ? XDP_PASS : XDP_DROP;

	BPF_SDT_PROBE2(xdp_result, len, ret);
	return ret;
}

char LICENSE[] SEC("license") = "GPL";
