// A weak variable in .bss and the one that overrides it in .data, next to others whose sizes stay theirs.
//
// Link all-orders: a.c b.c
// Expect-symbol: GLOBAL OBJECT level in .data
// Expect-no-text: FAULT|MISPLACED|UND
// Orders-differ: padding
#include "bpf.h"

__weak int level;
long in_bss;

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	return level + in_bss;
}
