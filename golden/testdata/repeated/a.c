// Two sites of one probe in one program, in the program itself and in a function that it calls.
//
// Link: a.c
// Expect-probe: step(int) at sub, twice
// Expect-warning: probe-repeated "(?s)step.*twice"
#include "bpf.h"
#include "bpf_sdt.h"

BPF_SDT_DECLARE1(step, int);

static __noinline int sub(int n)
{
	BPF_SDT_PROBE1(step, n);
	return n + 1;
}

SEC("xdp") int twice(struct xdp_md *ctx)
{
	int n = sub(ctx->data);

	BPF_SDT_PROBE1(step, n);
	return n;
}
