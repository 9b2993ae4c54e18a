#include "bpf.h"

__weak int f(int n)
{
	return n * 22;
}
