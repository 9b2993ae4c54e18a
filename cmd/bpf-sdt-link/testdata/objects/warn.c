#include "test.h"

BPF_SDT_DECLARE1(never, unsigned long);

SEC("xdp") int prog_w(struct xdp_md *ctx)
{
	return XDP_PASS;
}
