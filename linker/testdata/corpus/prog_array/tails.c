// A prog array with initial values, tail calls.
// Run: entry xdp
#include "../bpf.h"

int target_a(struct xdp_md *ctx);
int target_b(struct xdp_md *ctx);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 4);
	__uint(key_size, 4);
	__array(values, int(void *));
} jumps SEC(".maps") = {
	.values = { [0] = (void *)&target_a, [3] = (void *)&target_b },
};

SEC("xdp") int target_a(struct xdp_md *ctx)
{
	bpf_tail_call(ctx, &jumps, 3);
	return 11;
}

SEC("xdp") int target_b(struct xdp_md *ctx)
{
	return 22 + ctx->data_end - ctx->data;
}

SEC("xdp") int entry(struct xdp_md *ctx)
{
	bpf_tail_call(ctx, &jumps, 0);
	return 33;
}

LICENSE_GPL;
