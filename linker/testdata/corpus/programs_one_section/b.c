// One more, in the same section.
#include "shared.h"

static __noinline int local(int x)
{
	OPAQUE(x);
	return x + 70;
}

__noinline int shared(int x)
{
	return local(x) * 2;
}

SEC("xdp") int p3(struct xdp_md *ctx)
{
	return local(3) + shared(3);
}
