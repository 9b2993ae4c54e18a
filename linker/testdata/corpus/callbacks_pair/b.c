// The second.
#include "../bpf.h"

static __noinline int pad(int x)
{
	OPAQUE(x);
	return x + 1;
}

static long step(__u32 i, void *ctx)
{
	*(int *)ctx += pad(i) * 100;
	return 0;
}

__hidden long shared_step(__u32 i, void *ctx)
{
	*(int *)ctx += 1000;
	return 0;
}

__noinline int loop_b(int n)
{
	int sum = 0;

	bpf_loop(4, step, &sum, 0);
	return sum + n;
}
