#include "bpf.h"

int add(int a, int b);

/* The same name as in c.c, and not the same function. */
static long step(__u32 index, void *ctx)
{
	*(int *)ctx += index;
	return 0;
}

__noinline int twice(int a)
{
	int sum = add(a, a);

	bpf_loop(4, step, &sum, 0);
	return sum;
}
