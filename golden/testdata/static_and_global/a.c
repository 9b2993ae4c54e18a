// A static and a global variable of one name in one section: each has its own place.
//
// Link all-orders: a.c b.c
// Expect-symbol: GLOBAL OBJECT level in .data
// Expect-no-text: FAULT|MISPLACED|UND
// Orders-differ: the place of each
#include "bpf.h"

static volatile int level = 1;

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	return level;
}
