// The second; also a long conditional way by hand.
// Compile: -mcpu=v4 -mllvm -gotol-abs-low-bound=2
#include "../bpf.h"

static __noinline int here(int n)
{
	OPAQUE(n);
	return n + 1;
}

__noinline int far_b(int n)
{
	asm volatile("if %[n] > 0x3e8 goto 1f; gotol 2f; 1: %[n] = 0; 2: %[n] += 2" : [n] "+r"(n));
	if (n > 5)
		return here(n) * 2;
	return here(n) * 3;
}
