#include "bpf.h"

int half(int n)
{
	return n < 0 ? 0 : n >> 1;
}
