// Maps that a header defines, in several objects: an error, unless an option allows it and they are the same, initial
// contents included.
//
// Link all-orders: a.c b.c
// Expect-error: duplicate-symbol "'flows' is defined in two objects(.|\n)*--allow-multiple-definition links one"
// Expect-error: duplicate-symbol "'jumps' is defined in two objects"
//
// Link all-orders: a.c b.c
// Options copies: --allow-multiple-definition
// Expect-symbol: GLOBAL OBJECT flows in .maps
// Expect-symbol: GLOBAL OBJECT jumps in .maps
// Expect-no-text: FAULT|MISPLACED|UND
//
// Link all-orders: a.c differs.c
// Options differs: --allow-multiple-definition
// Expect-error: type-mismatch "map attribute 'max_entries'"
#define ENTRIES 64
#include "maps.h"

SEC("xdp") int tail(struct xdp_md *ctx)
{
	return XDP_PASS;
}

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	__u32 key = ctx->rx_queue_index;
	__u64 *flow = bpf_map_lookup_elem(&flows, &key);

	if (flow)
		*flow += 1;
	bpf_tail_call(ctx, &jumps, 1);
	return XDP_PASS;
}
