// The inner maps of a.c as values of an outer map here.
// Run: inner_b xdp
#include "shared.h"

extern struct inner_map first IN(".maps"), second IN(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, int);
	__array(values, struct inner_map);
} outer SEC(".maps") = {
	.values = { &first, &second },
};

SEC("xdp") int inner_b(struct xdp_md *ctx)
{
	int k = 1, zero = 0, *v;
	void *m = bpf_map_lookup_elem(&outer, &k);

	if (!m)
		return 2;
	v = bpf_map_lookup_elem(&second, &zero);
	if (v)
		*v = 5;
	v = bpf_map_lookup_elem(m, &zero);
	return v ? *v : 3;
}

LICENSE_GPL;
