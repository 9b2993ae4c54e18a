// Array and hash of maps, one with initial values, inner map declared in place and by a named type.
// Run: inner tc
#include "../bpf.h"

struct inner_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, int);
	__type(value, int);
} inner1 SEC(".maps"), inner2 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 3);
	__type(key, int);
	__array(values, struct inner_map);
} outer SEC(".maps") = {
	.values = { [0] = &inner2, [2] = &inner1 },
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 3);
	__uint(key_size, 4);
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_HASH);
		__uint(max_entries, 5);
		__type(key, int);
		__type(value, long);
	});
} by_hash SEC(".maps");

SEC("tc") int inner(struct __sk_buff *skb)
{
	int k = 2, zero = 0, *v;
	void *m = bpf_map_lookup_elem(&outer, &k);

	if (bpf_map_lookup_elem(&by_hash, &k))
		return 1;
	if (!m)
		return 2;
	v = bpf_map_lookup_elem(&inner1, &zero);
	if (v)
		*v = 77;
	v = bpf_map_lookup_elem(m, &zero);
	return v ? *v : 3;
}

LICENSE_GPL;
