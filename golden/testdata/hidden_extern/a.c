// A hidden declaration makes the definition hidden.
//
// Link all-orders: a.c b.c
// Expect-symbol: GLOBAL FUNC check HIDDEN in .text
// Expect-symbol: GLOBAL OBJECT limit HIDDEN in .data
#include "bpf.h"

__noinline int check(int n)
{
	return n + 1;
}

int limit = 3;
