// Hidden functions, variables and maps, which another object uses all the same.
// Run: hidden_a xdp
#include "shared.h"

__hidden int variable = 4;
__hidden const volatile int constant = 5;
__hidden long zero;
__hidden struct cells cells SEC(".maps");

SEC("xdp") int hidden_a(struct xdp_md *ctx)
{
	int k = 0, *v = bpf_map_lookup_elem(&cells, &k);

	if (v)
		*v = 6;
	zero++;
	return hidden_b(&k) + variable;
}

LICENSE_GPL;
