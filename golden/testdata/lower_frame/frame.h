#include "bpf.h"
#include "bpf_sdt.h"

BPF_SDT_DECLARE1(crowded, unsigned long);

SEC("xdp") int prog(struct xdp_md *ctx)
{
	unsigned long a = ctx->data, b = ctx->data_end, c = a * b, d = b * c, e = c * d, f = d * e;
	long i = (long)ctx->rx_queue_index - (long)ctx->ingress_ifindex;
	char buffer[64] = {};

	if (i < -8 || i > 20)
		return 0;
	asm volatile("" : "+r"(i), "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f));
	buffer[32 + i] = 1;
	BPF_SDT_PROBE1(crowded, a);
	asm volatile("" : "+r"(i), "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f));
	return buffer[10] + a + b + c + d + e + f;
}
