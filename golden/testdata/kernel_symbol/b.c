#include "bpf.h"

int CONFIG_HZ = 100;

__noinline int bpf_count(int by)
{
	return by + CONFIG_HZ;
}
