// The third: five arguments.
#include "shared.h"

static __noinline int mix(int x)
{
	OPAQUE(x);
	return x * 7 + 3;
}

__noinline int in_c(struct pair *p, int a, int b, int c, long d)
{
	return p ? mix(p->a) + in_b(a + b, p) + c * (int)d : -1;
}
