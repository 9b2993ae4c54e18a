#include "bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} twice SEC(".maps");

extern struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
} partial __in(".maps");

extern struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__uint(key_size, 4);
	__uint(value_size, 8);
} sizes __in(".maps");

extern struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} value __in(".maps");

extern struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__uint(pinning, 1);
	__type(key, __u32);
	__type(value, __u64);
} pinned __in(".maps");

extern struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 4);
	__type(key, __u32);
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_ARRAY);
		__uint(max_entries, 2);
		__type(key, __u32);
		__type(value, __u32);
	});
} inner __in(".maps");

SEC("xdp") int prog(struct xdp_md *ctx)
{
	__u32 key = 0;

	return !bpf_map_lookup_elem(&partial, &key) + !bpf_map_lookup_elem(&sizes, &key) + !bpf_map_lookup_elem(&value, &key) +
	       !bpf_map_lookup_elem(&inner, &key) + !bpf_map_lookup_elem(&pinned, &key) + !bpf_map_lookup_elem(&twice, &key);
}
