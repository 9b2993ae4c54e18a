// A global of the name that is static elsewhere.
#include "../bpf.h"

int counts[4] = { 4, 4, 4, 4 };
static long state;

static __noinline int look(int i)
{
	OPAQUE(i);
	return i + counts[i & 3];
}

__noinline int names_c(int i)
{
	state += look(i);
	return state;
}
