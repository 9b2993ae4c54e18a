#include "test.h"

BPF_SDT_DECLARE(a);

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	BPF_SDT_PROBE(a);
	return XDP_PASS;
}
