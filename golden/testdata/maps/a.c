// BTF-defined maps, and an object that uses those of another.
//
// Link all-orders: a.c b.c
// Expect-symbol: GLOBAL OBJECT counters in .maps
// Expect-symbol: GLOBAL OBJECT flows in .maps
// Expect-symbol: GLOBAL OBJECT own in .maps
// Expect-no-text: FAULT|MISPLACED|UND
#include "bpf.h"

struct flow {
	__u64 packets, bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 128);
	__type(key, __u32);
	__type(value, struct flow);
} flows SEC(".maps");

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	__u32 key = ctx->rx_queue_index;
	__u64 *count = bpf_map_lookup_elem(&counters, &key);
	struct flow *f = bpf_map_lookup_elem(&flows, &key);

	if (count && f)
		*count += f->packets;
	return XDP_PASS;
}
