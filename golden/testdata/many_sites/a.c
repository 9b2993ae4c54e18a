// Several sites of a probe, made from one in the source: by inlining into two programs, and by unrolling a loop. The
// sites in one program are worth a warning: the RFC's kernel reaches only the first.
//
// Link: a.c
// Expect-probe: inlined(int) at first, second
// Expect-probe: unrolled(int, __u32) at loop, loop, loop, loop
// Expect-warning: probe-repeated "unrolled"
#include "bpf.h"
#include "bpf_sdt.h"

BPF_SDT_DECLARE1(inlined, int);
BPF_SDT_DECLARE2(unrolled, int, __u32);

static __always_inline int traced(struct xdp_md *ctx, int verdict)
{
	int len = ctx->data_end - ctx->data;

	BPF_SDT_PROBE1(inlined, len);
	return len > 64 ? verdict : XDP_DROP;
}

SEC("xdp") int first(struct xdp_md *ctx)
{
	return traced(ctx, XDP_PASS);
}

SEC("xdp") int second(struct xdp_md *ctx)
{
	return traced(ctx, XDP_ABORTED);
}

SEC("tc") int loop(struct __sk_buff *skb)
{
	__u32 sum = 0;

#pragma clang loop unroll(full)
	for (int i = 0; i < 4; i++) {
		sum += skb->len >> i;
		BPF_SDT_PROBE2(unrolled, i, sum);
	}
	return sum;
}
