// Weak functions: overridden, not overridden, weak in both objects.
// Run: weak_main xdp
#include "shared.h"

__weak int only_weak(int x)
{
	OPAQUE(x);
	return x + 1;
}

__weak int overridden(int x)
{
	OPAQUE(x);
	return x + 1000;
}

__weak int twice_weak(int x)
{
	OPAQUE(x);
	return x + 3;
}

SEC("xdp") int weak_main(struct xdp_md *ctx)
{
	int n = ctx->data_end - ctx->data;

	return only_weak(n) + overridden(n) + twice_weak(n) + uses(n);
}

LICENSE_GPL;
