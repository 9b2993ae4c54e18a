#define ENTRIES 64
#include "maps.h"

SEC("xdp") int prog_b(struct xdp_md *ctx)
{
	__u32 key = ctx->rx_queue_index;
	__u64 *flow = bpf_map_lookup_elem(&flows, &key);

	bpf_tail_call(ctx, &jumps, 1);
	return flow ? XDP_PASS : XDP_DROP;
}
