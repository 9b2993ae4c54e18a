#include "probes.h"

__noinline int mix(struct xdp_md *ctx, int len)
{
	unsigned long big = (unsigned long)len << 40;

	BPF_SDT_PROBE5(five, big, (char)len, (void *)ctx, (unsigned short)(len + 1), (enum color)(len & 1));
	return big >> 41;
}

SEC("xdp") int prog_b(struct xdp_md *ctx)
{
	int len = ctx->data_end - ctx->data;

	BPF_SDT_PROBE1(unread, ctx);
	BPF_SDT_PROBE2(seen, ctx, len);
	return len;
}
