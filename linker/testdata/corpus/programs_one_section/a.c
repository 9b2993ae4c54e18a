// Several programs in one section, with subprograms and relocations between them.
// Run: p1 xdp
// Run: p2 xdp
// Run: p3 xdp
#include "shared.h"

int runs;

static __noinline int local(int x)
{
	OPAQUE(x);
	return x + runs;
}

SEC("xdp") int p1(struct xdp_md *ctx)
{
	return local(1) + shared(1);
}

SEC("xdp") int p2(struct xdp_md *ctx)
{
	runs = 2;
	return local(2) + shared(2);
}

LICENSE_GPL;
