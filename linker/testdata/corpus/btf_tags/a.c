// Declaration tags on functions, arguments, types, members, typedefs, variables and maps.
// Run: tagged_a tc
#include "shared.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, int);
	__type(value, struct tagged);
} tagged_map SEC(".maps") TAG("map");

TAG("global") int tagged_variable = 1;
static TAG("static") int tagged_static = 2;

TAG("function") TAG("second tag") __noinline int function(int x TAG("argument"), int y)
{
	OPAQUE(x);
	tagged_static += x;
	return tagged_static + y;
}

SEC("tc") TAG("program") int tagged_a(struct __sk_buff *skb)
{
	int zero = 0;
	struct tagged *t = bpf_map_lookup_elem(&tagged_map, &zero);

	return t ? function(t->member + tagged_variable, 2) + tagged_b(3) : 0;
}

LICENSE_GPL;
