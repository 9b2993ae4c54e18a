// The second; the sections of its static functions have the names of the first's.
// Compile: -ffunction-sections -fdata-sections
#include "../bpf.h"

int global(int n);
int counted = 8;

static __noinline int local(int n)
{
	OPAQUE(n);
	return n + counted;
}

__noinline int apart_b(int n)
{
	counted++;
	return local(n) * 3 + global(n);
}
