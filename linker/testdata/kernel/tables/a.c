// Maps whose values are a program and a map of b.c.
#include "tables.h"

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 3);
	__type(key, __u32);
	__array(values, int(void *));
} jumps SEC(".maps") = {
	.values = { [1] = (void *)&prog_second, [2] = (void *)&prog_first },
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct inner);
} outer SEC(".maps") = {
	.values = { [1] = &inner },
};

SEC("xdp") int prog_first(struct xdp_md *ctx)
{
	return 11;
}

SEC("xdp") int prog_jump(struct xdp_md *ctx)
{
	__u32 len = ctx->data_end - ctx->data, one = 1, zero = 0, *value;
	void *map = bpf_map_lookup_elem(&outer, &one);

	if (map) {
		value = bpf_map_lookup_elem(map, &zero);
		if (value)
			*value += len;
	}
	BPF_SDT_PROBE1(jumped, ctx);
	bpf_tail_call(ctx, &jumps, len & 3);
	return 99;
}
