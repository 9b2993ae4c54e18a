// Sites become calls of stubs, of which there is one a probe however many objects place it: in a program, in a static
// function of two objects, twice in a loop that is unrolled, and in code with a local label, a reference to a map and
// calls that move. One link leaves a probe a NOP and strips another.
//
// Link all-orders: a.c b.c
// Options call: --probes=call
// Expect-call: seen -> seen in prog_a
// Expect-call: seen -> seen in prog_b
// Expect-call: five -> five in mix
// Expect-call: step -> step in prog_a
// Expect-call: step -> step in prog_a
// Expect-call: unread -> unread in prog_b
// Expect-symbol: LOCAL FUNC seen in .text
// Expect-no-text: bpf_sdt_notes
// Link all-orders: a.c b.c
// Options mixed: --probes=call --probes=strip:step --probes=nop:five
// Expect-call: seen -> seen in prog_a
// Expect-call: seen -> seen in prog_b
// Expect-call: unread -> unread in prog_b
// Expect-probe: five(...) at mix
// Expect-no-text: bpf_sdt:step|__sdt_type_step
// Link all-orders: a.c b.c
// Options prefix: --probes=call:s*,!step --stub-prefix=trace_
// Expect-call: seen -> trace_seen in prog_a
// Expect-call: seen -> trace_seen in prog_b
// Expect-probe: five(...) at mix
// Expect-probe: step(...) at prog_a, prog_a
// Expect-probe: unread(...) at prog_b
// Expect-warning: probe-repeated "step"
#include "probes.h"

int total;

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	int len = ctx->data_end - ctx->data;

	BPF_SDT_PROBE2(seen, ctx, len);
#pragma unroll
	for (int i = 0; i < 2; i++)
		BPF_SDT_PROBE1(step, len + i);
	total += len;
	return mix(ctx, len) + total;
}
