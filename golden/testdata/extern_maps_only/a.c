// An object that has declarations of maps only, so that its .maps is in BTF alone.
//
// Link all-orders: a.c b.c
// Expect-symbol: GLOBAL OBJECT counters in .maps
// Expect-no-text: FAULT|MISPLACED|UND
#include "bpf.h"

extern struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} counters __in(".maps");

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&counters, &key) ? XDP_PASS : XDP_DROP;
}
