// The other map.
#include "shared.h"

struct misses misses SEC(".maps");
extern struct hits hits IN(".maps");

SEC("xdp") int second(struct xdp_md *ctx)
{
	int key = 0, *v = bpf_map_lookup_elem(&hits, &key);

	if (v)
		*v += 3;
	return v ? *v : 0;
}
