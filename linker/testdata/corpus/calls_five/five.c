// Subprograms with five arguments of all widths, static and global, that call each other; hidden ones.
// Run: five xdp
#include "../bpf.h"

static __noinline long mixed(char a, short b, int c, long d, _Bool e)
{
	OPAQUE(d);
	return a + b * 2 + c * 3 + d * 4 + e;
}

__noinline int wide(__u64 a, __u64 b, __u64 c, __u64 d, __u64 e)
{
	return a ^ b ^ c ^ d ^ mixed(a, b, c, d, e & 1);
}

__hidden __noinline int hidden(struct xdp_md *ctx, int *out)
{
	*out = ctx->data_end - ctx->data;
	return 1;
}

static __noinline void nothing(int *x)
{
	*x += 5;
}

SEC("xdp") int five(struct xdp_md *ctx)
{
	int n = 0;

	hidden(ctx, &n);
	nothing(&n);
	return wide(n, n + 1, n + 2, n + 3, n + 4) + mixed(n, n, n, n, n > 3);
}

LICENSE_GPL;
