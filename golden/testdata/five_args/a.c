// As many arguments as there can be, of all widths.
//
// Link: a.c
// Expect-probe: wide(__u64, char, void *, __u16, struct xdp_md *) at prog
#include "bpf.h"
#include "bpf_sdt.h"

BPF_SDT_DECLARE5(wide, __u64, char, void *, __u16, struct xdp_md *);

SEC("xdp") int prog(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	__u64 both = (__u64)ctx->data_end << 32 | ctx->data_meta;
	char low = ctx->ingress_ifindex;
	__u16 half = ctx->rx_queue_index;

	BPF_SDT_PROBE5(wide, both, low, data, half, ctx);
	return XDP_PASS;
}
