// The definitions.
#include "../bpf.h"

__weak int perhaps(int x)
{
	OPAQUE(x);
	return x * 2;
}

__weak int perhaps_variable = 9;
