#include "bpf.h"

int bpf_count(int n)
{
	return n + 1;
}
