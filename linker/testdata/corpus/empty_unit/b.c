// A program beside it.
// Run: alone xdp
#include "../bpf.h"

SEC("xdp") int alone(struct xdp_md *ctx)
{
	return XDP_PASS;
}

LICENSE_GPL;
