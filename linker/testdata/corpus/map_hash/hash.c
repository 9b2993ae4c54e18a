// Hash, array, per-CPU and LRU maps, each with its flags, keys and values given as types.
// Run: count xdp
#include "../bpf.h"

struct key {
	__u32 a;
	__u16 b, c;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct key);
	__type(value, __u64);
} hash SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} array SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u64);
} percpu_hash SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} percpu_array SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u64);
} lru SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_PERCPU_HASH);
	__uint(max_entries, 128);
	__uint(map_flags, BPF_F_NO_COMMON_LRU);
	__type(key, __u32);
	__type(value, __u64);
} lru_percpu SEC(".maps");

SEC("xdp") int count(struct xdp_md *ctx)
{
	struct key k = { 1, 2, 3 };
	__u32 i = 0;
	__u64 n = ctx->data_end - ctx->data, *v;

	bpf_map_update_elem(&hash, &k, &n, BPF_ANY);
	bpf_map_update_elem(&percpu_hash, &i, &n, BPF_ANY);
	bpf_map_update_elem(&lru, &i, &n, BPF_ANY);
	bpf_map_update_elem(&lru_percpu, &i, &n, BPF_ANY);
	v = bpf_map_lookup_elem(&percpu_array, &i);
	if (v)
		*v = n;
	v = bpf_map_lookup_elem(&array, &i);
	if (v)
		*v += n;
	v = bpf_map_lookup_elem(&hash, &k);
	return v ? *v : XDP_ABORTED;
}

LICENSE_GPL;
