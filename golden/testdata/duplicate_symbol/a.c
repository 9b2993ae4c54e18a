// Two strong definitions of one function, and of one variable: both are reported in one run.
//
// Link all-orders: a.c b.c
// Expect-error: duplicate-symbol "(?s)'check'.*[ab]\.o"
// Expect-error: duplicate-symbol "(?s)'level'.*[ab]\.o"
#include "bpf.h"

int level = 1;

__noinline int check(int n)
{
	return n + level;
}

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	return check(ctx->data);
}
