// The same in a subprogram.
// Compile: -mcpu=v4
#include "../bpf.h"

__noinline int goto_b(int n)
{
	static void *const labels[] = { &&one, &&two };

	OPAQUE(n);
	goto *labels[n & 1];
one:
	OPAQUE(n);
	return n * 5;
two:
	return n + 6;
}
