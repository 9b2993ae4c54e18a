// All three shapes in one object, and the links of the case.
//
// Link: all.c
// Expect-probe: xdp_result(int, int) at xdp_prog
// Expect-probe: tc_entry() at tc_prog
// Expect-probe: xdp_sub(struct xdp_md *) at sub
//
// Link: xdp.c
// Expect-warning: probe-unused "tc_entry"
// Expect-warning: probe-unused "xdp_sub"
//
// Link: tc.c
// Expect-warning: probe-unused "xdp_result"
// Expect-warning: probe-unused "xdp_sub"
//
// Link: sub.c
// Expect-warning: probe-unused "xdp_result"
// Expect-warning: probe-unused "tc_entry"
//
// Link all-orders: xdp.c tc.c
// Expect-warning: probe-unused "xdp_sub"
//
// Link all-orders: xdp.c sub.c
// Expect-warning: probe-unused "tc_entry"
//
// Link all-orders: tc.c sub.c
// Expect-warning: probe-unused "xdp_result"
//
// Link all-orders: xdp.c tc.c sub.c
#include "probes.h"

SEC("xdp") int xdp_prog(struct xdp_md *ctx)
{
	int len = ctx->data_end - ctx->data;
	int ret = len > 64 ? XDP_PASS : XDP_DROP;

	BPF_SDT_PROBE2(xdp_result, len, ret);
	return ret;
}

SEC("tc") int tc_prog(struct __sk_buff *skb)
{
	BPF_SDT_PROBE(tc_entry);
	return skb->len > 64;
}

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
