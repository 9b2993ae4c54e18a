// Of two weak functions the first stays; the probe is the same in both.
//
// Link: a.c b.c
// Expect-probe: chosen(int) at choose
// Expect-text: from a
// Expect-no-text: from b
//
// Link: b.c a.c
// Expect-probe: chosen(int) at choose
// Expect-text: from b
// Expect-no-text: from a
#include "bpf.h"
#include "bpf_sdt.h"

BPF_SDT_DECLARE1(chosen, int);

__weak __noinline int choose(int n)
{
	BPF_SDT_PROBE1(chosen, n);
	return n + 1; /* from a */
}

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	return choose(ctx->data);
}
