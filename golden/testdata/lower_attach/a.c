// Sites call functions of the program: a static one of another object, which nothing else calls, and a global one.
// Arguments that are narrower than an int are widened for them.
//
// Link all-orders: a.c b.c
// Options attach: --attach=hit=count --attach=narrow=narrow_seen
// Expect-call: hit -> count in prog
// Expect-call: narrow -> narrow_seen in prog
// Expect-symbol: LOCAL FUNC count in .text
// Expect-symbol: GLOBAL FUNC narrow_seen in .text
// Expect-no-text: bpf_sdt_stub
#include "probes.h"

SEC("xdp") int prog(struct xdp_md *ctx)
{
	int len = ctx->data_end - ctx->data;

	BPF_SDT_PROBE1(hit, len);
	BPF_SDT_PROBE3(narrow, (signed char)len, (unsigned short)len, len & 1);
	return len;
}
