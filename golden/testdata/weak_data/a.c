// A weak variable, and a map, that other ones override: the symbol and the DATASEC say the same place.
//
// Link all-orders: a.c b.c
// Expect-symbol: GLOBAL OBJECT level in .data
// Expect-symbol: GLOBAL OBJECT counters in .maps
// Expect-no-text: FAULT|MISPLACED|UND
// Orders-differ: what is overridden stays in the section, and where it is depends on the order
#include "bpf.h"

int before_a = 1;
__weak int level = 2;

__weak struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	__u32 key = 0;
	__u64 *count = bpf_map_lookup_elem(&counters, &key);

	return level + before_a + !count;
}
