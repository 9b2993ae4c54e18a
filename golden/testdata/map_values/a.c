// Maps whose definition names what is in them: an array of maps, and a program array, with programs of both objects.
//
// Link all-orders: a.c b.c
// Expect-text: (?s)data \.maps jumps:.*\.quad tail_a\n.*\.quad tail_b\n
// Expect-text: (?s)data \.maps outer:.*\.quad inner_a\n
// Expect-no-text: FAULT|MISPLACED
#include "bpf.h"

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
};

struct inner inner_a SEC(".maps");
struct inner inner_b SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 4);
	__type(key, __u32);
	__array(values, struct inner);
} outer SEC(".maps") = { .values = { [1] = &inner_b, [3] = &inner_a } };

int tail_b(struct xdp_md *ctx);

SEC("xdp") int tail_a(struct xdp_md *ctx)
{
	return XDP_PASS;
}

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 3);
	__uint(key_size, sizeof(__u32));
	__array(values, int(void *));
} jumps SEC(".maps") = { .values = { [0] = (void *)&tail_a, [2] = (void *)&tail_b } };

SEC("xdp") int entry(struct xdp_md *ctx)
{
	__u32 key = 3;
	void *map = bpf_map_lookup_elem(&outer, &key);

	if (map)
		bpf_tail_call(ctx, &jumps, 2);
	return XDP_DROP;
}
