#include "bpf.h"

__noinline int middle(int n)
{
	return n * 7;
}
