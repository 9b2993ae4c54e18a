// Declarations that differ in typedefs, qualifiers and names of integers only: they agree, and one is left.
//
// Link all-orders: a.c b.c
// Expect-probe: mixed(...) at prog_a, prog_b
// Expect-text: (?m)^  static void \(\*const __sdt_type_mixed\)\([^)]*\)\n    tag "bpf_sdt:mixed:4"\n(\n|\z)
// Orders-differ: the declaration that is left is the first
#include "bpf.h"
#include "bpf_sdt.h"

BPF_SDT_DECLARE4(mixed, __u32, const char *, struct xdp_md *, long long);

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	const char *data = (const char *)(long)ctx->data;
	long long len = ctx->data_end - ctx->data;

	BPF_SDT_PROBE4(mixed, ctx->rx_queue_index, data, ctx, len);
	return XDP_PASS;
}
