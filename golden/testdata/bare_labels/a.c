// An object made with the RFC's own labels links like any other.
//
// Compile: -DBPF_SDT_BARE_LABELS
// Link: a.c
// Expect-probe: plain(int, struct xdp_md *) at prog
// Link: a.c b.c
// Expect-probe: plain(int, struct xdp_md *) at prog_b
// Expect-probe: plain(int, struct xdp_md *) at prog
#include "bpf.h"
#include "bpf_sdt.h"

BPF_SDT_DECLARE2(plain, int, struct xdp_md *);

SEC("xdp") int prog(struct xdp_md *ctx)
{
	int len = ctx->data_end - ctx->data;

	BPF_SDT_PROBE2(plain, len, ctx);
	return XDP_PASS;
}
