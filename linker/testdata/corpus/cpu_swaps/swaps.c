// Byte swaps of all widths before instruction set v4, and 32-bit shifts.
// Run: swaps xdp
#include "../bpf.h"

SEC("xdp") int swaps(struct xdp_md *ctx)
{
	__u64 d = 0x0102030405060708ULL;
	__u32 w = ctx->data_end - ctx->data;
	__u16 h = w;
	int s = -(int)w;

	OPAQUE(d);
	d = __builtin_bswap64(d);
	w = __builtin_bswap32(w);
	h = __builtin_bswap16(h);
	return (int)(d >> 56) * 1000 + (w >> 24) + (h >> 8) + (s >> 3);
}

LICENSE_GPL;
