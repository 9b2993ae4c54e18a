// Everything weak here: function, variables, map; the next object has all of them strong and hidden.
// Run: all_weak tc
#include "shared.h"

__weak struct counts counts SEC(".maps");
__weak int variable = 1;
__weak const volatile int constant = 2;

__weak int function(int x)
{
	OPAQUE(x);
	return x;
}

SEC("tc") int all_weak(struct __sk_buff *skb)
{
	int zero = 0, *v = bpf_map_lookup_elem(&counts, &zero);

	if (!v)
		return -1;
	*v += function(variable);
	return *v + constant;
}

LICENSE_GPL;
