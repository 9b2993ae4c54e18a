// What both use.
#include "../bpf.h"

extern __u64 runs;

__noinline int common(int n)
{
	OPAQUE(n);
	runs++;
	return n * 9;
}
