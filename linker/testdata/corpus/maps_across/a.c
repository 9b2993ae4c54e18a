// A map of the other object beside one of this object; both programs use both.
// Run: first xdp
// Run: second xdp
#include "shared.h"

struct hits hits SEC(".maps");
extern struct misses misses IN(".maps");

SEC("xdp") int first(struct xdp_md *ctx)
{
	int key = 1, value = 5, *v;

	bpf_map_update_elem(&misses, &key, &value, 0);
	v = bpf_map_lookup_elem(&misses, &key);
	return v ? *v : 0;
}

LICENSE_GPL;
