#include "bpf.h"
#include "bpf_sdt.h"

typedef unsigned int index_t;
typedef volatile char byte_t;
typedef struct xdp_md context_t;

BPF_SDT_DECLARE4(mixed, index_t, byte_t *, const context_t *, long);

SEC("xdp") int prog_b(struct xdp_md *ctx)
{
	byte_t *data = (byte_t *)(long)ctx->data;
	long len = ctx->data_end;

	BPF_SDT_PROBE4(mixed, ctx->ingress_ifindex, data, ctx, len);
	return XDP_PASS;
}
