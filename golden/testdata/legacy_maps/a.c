// Maps as old loaders had them: the section is joined like any other.
//
// Link all-orders: a.c b.c
// Expect-symbol: GLOBAL OBJECT old_a in maps
// Expect-symbol: GLOBAL OBJECT old_b in maps
// Expect-no-text: FAULT|MISPLACED|UND
#include "bpf.h"

struct bpf_map_def {
	__u32 type, key_size, value_size, max_entries, map_flags;
};

struct bpf_map_def old_a SEC("maps") = { 2, 4, 8, 1, 0 };

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	__u32 key = 0;

	return !bpf_map_lookup_elem(&old_a, &key);
}
