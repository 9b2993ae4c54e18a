// A computed goto, which only clang 22 compiles: a table of places in the code, and a jump through it. Two objects have
// one, in one section.
//
// Compilers: clang22
// Compile: -mcpu=v4
// Link all-orders: a.c b.c
// Expect-text: (?m)^  \.quad pick_a\+0x
// Expect-text: (?m)^  \.quad pick_b\+0x
#include "bpf.h"

static __noinline int pick_a(int n)
{
	static void *const labels[] = { &&zero, &&one, &&two };

	goto *labels[n & 1];
zero:
	return 10;
one:
	n += 5;
two:
	return n * 7;
}

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	return pick_a(ctx->data);
}
