// The second.
#include "shared.h"

static __noinline int mix(int x)
{
	OPAQUE(x);
	return x * 5 + 2;
}

__noinline int in_b(int x, struct pair *p)
{
	return mix(x) + in_a(x, p);
}
