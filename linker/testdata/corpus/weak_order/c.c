// The strong definition.
#include "../bpf.h"

int number = 20;

__noinline int chosen(int x)
{
	OPAQUE(x);
	return x + 100;
}
