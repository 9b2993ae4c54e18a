// Functions in sections of their own, which belong to .text. libbpf loads them from our result only.
// Compile: -ffunction-sections
// Run: apart_a xdp
#include "../bpf.h"

int apart_b(int n);

static __noinline int local(int n)
{
	OPAQUE(n);
	return n + 1;
}

static long step(__u32 i, void *ctx)
{
	*(int *)ctx += local(i);
	return 0;
}

__noinline int global(int n)
{
	OPAQUE(n);
	return local(n) * 2;
}

SEC("xdp") int apart_a(struct xdp_md *ctx)
{
	int n = 0;

	bpf_loop(4, step, &n, 0);
	return global(n) + apart_b(3);
}

LICENSE_GPL;
