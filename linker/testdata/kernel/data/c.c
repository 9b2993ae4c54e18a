// Defines variables in .bss and .data, with a subprogram that reads the others'.
#include "shared.h"

__u8 odd_c;
__u64 bytes_seen;
struct flow last_flow = { .bytes = 1, .packets = 2, .last = 3 };

static __noinline __u64 sum(__u32 by)
{
	odd_c += by;
	return total + bytes_seen + limit + last_flow.bytes + by;
}

SEC("xdp") int prog_c(struct xdp_md *ctx)
{
	return sum(ctx->data_end - ctx->data);
}
