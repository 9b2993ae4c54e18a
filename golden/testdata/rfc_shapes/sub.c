// The third shape: the context as argument, in a static subprogram. The probe's NOP is in .text and its program in xdp.
// Expect-probe: xdp_sub(struct xdp_md *) at sub
// Expect-symbol: LOCAL FUNC sub in .text
// Expect-symbol: GLOBAL FUNC xdp_sub_prog in xdp
#include "probes.h"

static __noinline int sub(struct xdp_md *ctx)
{
	BPF_SDT_PROBE1(xdp_sub, ctx);
	return ctx->rx_queue_index + 1;
}

SEC("xdp") int xdp_sub_prog(struct xdp_md *ctx)
{
	return sub(ctx) ? XDP_PASS : XDP_DROP;
}

char LICENSE[] SEC("license") = "GPL";
