// Instruction sets v1, v2 and v3 in one link, with unsigned comparisons and 32-bit arithmetic.
// Compile: -mcpu=v1
// Run: v1 xdp
#include "../bpf.h"

int v2(int x, unsigned y);
int v3(int x, unsigned y);

SEC("xdp") int v1(struct xdp_md *ctx)
{
	unsigned n = ctx->data_end - ctx->data;

	if (n < 10)
		return 1;
	return v2(n, n * 3) + v3(n, 5) + (int)(n / 7);
}

LICENSE_GPL;
