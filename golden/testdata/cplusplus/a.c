// C++: inline functions and variables are in section groups, of which one of each name is linked, into the sections that
// loaders know. The kernel takes identifiers for names only, so those of templates become such.
//
// Compile: -x c++ -std=c++17
// Link: a.c b.c
// Expect-symbol: WEAK FUNC _Z4bumpi in .text
// Expect-symbol: WEAK OBJECT counter in .bss
// Expect-symbol: WEAK OBJECT limit in .data
// Expect-symbol: GLOBAL FUNC shared_c in .text
// Expect-text: func static int twice_int_\(int
// Expect-no-text: FAULT|UND|\.group|\.bss\.|eh_frame
#include "shared.h"

extern "C" __attribute__((noinline)) int from_a(int n)
{
	asm volatile("" : "+r"(n));
	return n - limit;
}

extern "C" SEC("xdp") int prog_a(void *ctx)
{
	return bump(1) + shared_c(2) + twice(10);
}
