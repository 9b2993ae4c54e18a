// For size, without inlining.
// Compile: -Os -fno-inline
#include "../bpf.h"

static int thrice(int n)
{
	return n * 3;
}

__noinline int small_b(int n)
{
	int sum = 0;

	for (int i = 0; i < 10; i++)
		sum += thrice(n + i);
	return sum;
}
