// Overrides one and repeats another.
#include "shared.h"

__noinline int overridden(int x)
{
	OPAQUE(x);
	return x + 20;
}

__weak int twice_weak(int x)
{
	OPAQUE(x);
	return x + 4000;
}

__noinline int uses(int x)
{
	return overridden(x) * twice_weak(x);
}
