// Two definitions of a map agree when their attributes do, in any order, and below a typedef: an extern one,
// and a weak one.
//
// Link all-orders: a.c b.c
// Expect-symbol: GLOBAL OBJECT flows in .maps
// Expect-symbol: GLOBAL OBJECT counters in .maps
// Expect-no-text: FAULT|MISPLACED|UND
#include "bpf.h"

typedef struct {
	__uint(max_entries, 128);
	__uint(map_flags, 1);
	__type(value, __u64);
	__type(key, __u32);
	__uint(type, BPF_MAP_TYPE_HASH);
} flows_t;

extern flows_t flows __in(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	__u32 key = ctx->rx_queue_index;
	__u64 *count = bpf_map_lookup_elem(&counters, &key);
	__u64 *flow = bpf_map_lookup_elem(&flows, &key);

	if (count && flow)
		*count += *flow;
	return XDP_PASS;
}
