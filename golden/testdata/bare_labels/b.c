#include "bpf.h"
#include "bpf_sdt.h"

BPF_SDT_DECLARE2(plain, int, struct xdp_md *);

SEC("xdp") int prog_b(struct xdp_md *ctx)
{
	BPF_SDT_PROBE2(plain, 3, ctx);
	return XDP_PASS;
}
