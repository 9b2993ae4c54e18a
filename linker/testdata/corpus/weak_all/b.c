// The strong ones.
#include "shared.h"

struct counts counts SEC(".maps");
__hidden int variable = 10;
const volatile int constant = 20;

__hidden __noinline int function(int x)
{
	OPAQUE(x);
	return x * 2;
}
