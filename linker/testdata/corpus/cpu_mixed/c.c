// Compiled for v3: 32-bit jumps, atomics that return a value.
#include "../bpf.h"

static int counter;

__noinline int v3(int x, unsigned y)
{
	if (x <= (int)y)
		return 2;
	return __sync_fetch_and_add(&counter, x) + counter + __sync_val_compare_and_swap(&counter, x, 7);
}
