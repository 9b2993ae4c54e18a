/* XDP programs with probes, to be observed. */
#include "bpf.h"
#include <bpf_sdt.h>

enum size { SMALL = 1, LARGE = 7 };

BPF_SDT_DECLARE2(packet_in, int, struct xdp_md *);
BPF_SDT_DECLARE1(packet_short, int);
BPF_SDT_DECLARE5(packet_sized, unsigned char, short, unsigned int, long long, enum size);
BPF_SDT_DECLARE1(packet_costly, unsigned long long);
BPF_SDT_DECLARE1(packet_tally, int);
BPF_SDT_DECLARE(never);

__u64 tally;
__u64 work;

/* What sites of packet_tally call in a link with an attachment. */
__noinline int on_tally(int len)
{
	return __sync_fetch_and_add(&tally, len);
}

__noinline int verdict(int len)
{
	if (len < 64) {
		BPF_SDT_PROBE1(packet_short, len);
		return XDP_DROP;
	}
	BPF_SDT_PROBE5(packet_sized, (unsigned char)len, (short)-len, (unsigned int)len * 2, -(long long)len,
		       (enum size)(len > 128 ? LARGE : SMALL));
	return XDP_PASS;
}

SEC("xdp") int filter(struct xdp_md *ctx)
{
	int len = ctx->data_end - ctx->data;

	BPF_SDT_PROBE2(packet_in, len, ctx);
	return verdict(len);
}

SEC("xdp") int count(struct xdp_md *ctx)
{
	int len = ctx->data_end - ctx->data;

	BPF_SDT_PROBE1(packet_tally, len);
	return verdict(len + 64);
}

SEC("xdp") int costly(struct xdp_md *ctx)
{
	if (BPF_SDT_ENABLED(packet_costly)) {
		__u64 task = bpf_get_current_task();

		work++;
		BPF_SDT_PROBE1(packet_costly, task);
	}
	return XDP_PASS;
}
