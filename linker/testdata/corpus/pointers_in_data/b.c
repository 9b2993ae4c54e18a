// The second.
#include "../bpf.h"

static int first = 7;
int variable_b = 2;
int *to_first = &first;

__noinline int function_b(int x)
{
	OPAQUE(x);
	return x + first;
}
