// Compiled for v2.
// Compile: -mcpu=v2
#include "../bpf.h"

__noinline int v2(int x, unsigned y)
{
	if (y > 1000 || x < 3)
		return 1;
	return x % 5 + y;
}
