// Tables of pointers to static functions and variables in .data: relocations against sections, whose addends move with
// what they point to.
//
// Link all-orders: a.c b.c
// Expect-text: (?s)data \.data handlers_a:\n  \.quad one_a\n  \.quad two_a\n  \.quad .*\+0x8\n
// Expect-text: (?s)data \.data handlers_b:\n  \.quad two_b\n  \.quad state_b\n
#include "bpf.h"

static __noinline int one_a(int n)
{
	return n + 1;
}

static __noinline int two_a(int n)
{
	return n + 2;
}

static int state_a[4] = { 1, 2, 3, 4 };

void *handlers_a[] = { one_a, two_a, &state_a[2] };

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	return one_a(ctx->data) + two_a(ctx->data_end) + (handlers_a[ctx->data_meta & 1] != 0);
}
