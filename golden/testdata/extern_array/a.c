// A declaration that says less than the definition: the definition's type is left.
//
// Link all-orders: a.c b.c
// Expect-text: (?m)int table\[8\]
// Expect-no-text: table\[0?\]|forward|FAULT|MISPLACED|UND
#include "bpf.h"

struct shape;

extern int table[];
extern struct shape *shape;
int area(int, int);

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	return table[1] + !!shape + area(1, 2);
}
