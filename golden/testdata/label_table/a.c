// A table of labels: data that points into code, in two objects.
//
// Link all-orders: a.c b.c
// Expect-text: (?m)^  \.quad pick_a\+0x
// Expect-text: (?m)^  \.quad pick_b\+0x
#include "bpf.h"

void *where_a;

static __noinline int pick_a(int n)
{
	static void *const labels[] = { &&one, &&two };

	where_a = labels[n & 1];
	if (n > 4)
		goto two;
one:
	n += 5;
two:
	return n * 7;
}

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	return pick_a(ctx->data);
}
