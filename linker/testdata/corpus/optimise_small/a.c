// Compiled at -O1, without built-in functions.
// Compile: -O1 -fno-builtin
// Run: small_a xdp
#include "../bpf.h"

int small_b(int n);

static int twice(int n)
{
	return n * 2;
}

SEC("xdp") int small_a(struct xdp_md *ctx)
{
	char text[16] = "0123456789";
	int n = ctx->data_end - ctx->data;

	OPAQUE(n);
	return twice(n) + text[n & 7] + small_b(n);
}

LICENSE_GPL;
