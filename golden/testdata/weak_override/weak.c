// A weak function with a probe gives way to a strong one: its body goes, and so do its entry in the notes and its
// records of line information. The probe of the other function in the same section stays and finds its NOP.
//
// Link: weak.c
// Expect-probe: decided(int) at decide
// Expect-probe: passed(int) at after
// Expect-symbol: WEAK FUNC decide in .text
// Expect-warning: probe-unused "strong_only"
//
// Link all-orders: weak.c strong.c
// Expect-probe: passed(int) at after
// Expect-probe: strong_only(int) at decide
// Expect-symbol: GLOBAL FUNC decide in .text
// Expect-warning: probe-unused "decided"
// Expect-no-text: weak body
#include "bpf.h"
#include "bpf_sdt.h"

BPF_SDT_DECLARE1(decided, int);
BPF_SDT_DECLARE1(passed, int);
BPF_SDT_DECLARE1(strong_only, int);

__weak __noinline int decide(int len)
{
	int verdict = len * 3; /* weak body */

	BPF_SDT_PROBE1(decided, verdict);
	return verdict;
}

static __noinline int after(int len)
{
	BPF_SDT_PROBE1(passed, len);
	return len + 1;
}

SEC("xdp") int prog(struct xdp_md *ctx)
{
	return decide(ctx->data) + after(ctx->data_end);
}
