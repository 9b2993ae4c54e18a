// One of them is missing here as well, another is defined.
#include "../bpf.h"

extern int missing_variable;

__noinline int missing_function(int x)
{
	OPAQUE(x);
	return x + missing_variable;
}
