// Types are compared for every pair that shares a name: weak and weak, extern and extern.
//
// Link all-orders: a.c b.c
// Expect-error: type-mismatch "(?s)'pick' has different types.*parameter 1: (int|long).*parameter 1: (int|long)"
// Expect-error: type-mismatch "(?s)'missing' has different types.*(int|long) missing.*(int|long) missing"
#include "bpf.h"

extern int missing;

__weak __noinline int pick(int n)
{
	return n + missing;
}

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	return pick(1);
}
