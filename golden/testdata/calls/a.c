// Calls of global functions across objects, of static functions within, and callbacks, whose address stands in an
// instruction. No probes.
//
// Link all-orders: a.c b.c c.c
// Expect-symbol: GLOBAL FUNC add in .text
// Expect-symbol: GLOBAL FUNC twice in .text
// Expect-no-text: UND
//
// Link: a.c
// Expect-symbol: GLOBAL NOTYPE add UND
// Expect-symbol: GLOBAL NOTYPE twice UND
// Expect-warning: undefined "(?s)'add' is not defined.*a.c:"
// Expect-warning: undefined "(?s)'twice' is not defined.*a.c:"
// Orders-differ: of static symbols of one name, all but the first get a number
#include "bpf.h"

int add(int a, int b);
int twice(int a);

static __noinline int local(int n)
{
	return add(n, 3);
}

static __noinline int other(int n)
{
	return local(n) * 5 + local(n + 1);
}

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	return other(ctx->data) + twice(ctx->data_end);
}
