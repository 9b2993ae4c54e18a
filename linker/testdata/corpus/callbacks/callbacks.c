// bpf_loop and bpf_for_each_map_elem with static callbacks.
// Run: loops xdp
#include "../bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} table SEC(".maps");

struct state {
	int sum;
	int stop;
};

static long add(__u32 i, void *ctx)
{
	struct state *s = ctx;

	s->sum += i;
	return i == s->stop;
}

static long fill(__u32 i, void *ctx)
{
	__u64 v = i * 10;

	bpf_map_update_elem(&table, &i, &v, 0);
	return 0;
}

static long each(void *map, __u32 *key, __u64 *value, struct state *s)
{
	s->sum += *key * *value;
	return 0;
}

SEC("xdp") int loops(struct xdp_md *ctx)
{
	struct state s = { 0, 5 };

	bpf_loop(100, add, &s, 0);
	bpf_loop(4, fill, NULL, 0);
	bpf_for_each_map_elem(&table, each, &s, 0);
	return s.sum;
}

LICENSE_GPL;
