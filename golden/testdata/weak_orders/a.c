// A weak definition, a reference, and a strong definition, in every order, with another weak one.
//
// Link all-orders: a.c b.c c.c d.c
// Expect-symbol: GLOBAL FUNC f in .text
// Expect-symbol: GLOBAL OBJECT counters in .maps
// Expect-text: (?m)^code \.text f
// Expect-text: w0 \*= 33
// Expect-no-text: w0 \*= (11|22)|FAULT|MISPLACED|UND
//
// Link all-orders: a.c c.c
// Expect-symbol: WEAK FUNC f in .text
#include "bpf.h"

__weak __noinline int f(int n)
{
	return n * 11;
}

#define MAP \
	struct { \
		__uint(type, BPF_MAP_TYPE_ARRAY); \
		__uint(max_entries, 4); \
		__type(key, __u32); \
		__type(value, __u64); \
	}

__weak MAP counters SEC(".maps");
