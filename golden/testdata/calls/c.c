#include "bpf.h"

static long step(__u32 index, void *ctx)
{
	*(int *)ctx -= index;
	return index > 2;
}

__noinline int add(int a, int b)
{
	int sum = a + b;

	bpf_loop(8, step, &sum, 0);
	return sum;
}
