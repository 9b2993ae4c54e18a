// Static functions and variables of one name in two objects, with a probe of one name in each: all stay, and every
// reference leads to its own.
//
// Link all-orders: a.c b.c
// Expect-probe: entered(int) at work, work.2
// Expect-no-text: FAULT|MISPLACED
// Orders-differ: of static symbols of one name, all but the first get a number
#include "bpf.h"
#include "bpf_sdt.h"

BPF_SDT_DECLARE1(entered, int);

static volatile int state = 1;

static __noinline int work(int n)
{
	BPF_SDT_PROBE1(entered, n);
	return n + state;
}

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	return work(ctx->data);
}
