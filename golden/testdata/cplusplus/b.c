// Compile: -x c++ -std=c++17
#include "shared.h"

extern "C" __attribute__((noinline)) int shared_c(int n)
{
	asm volatile("" : "+r"(n));
	return n + limit;
}

extern "C" SEC("xdp") int prog_b(void *ctx)
{
	return bump(2) + from_a(3) + twice(5) + twice(5L);
}
