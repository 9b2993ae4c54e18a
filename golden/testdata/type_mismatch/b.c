#include "bpf.h"

long limit = 9;

SEC("xdp") int prog_b(struct xdp_md *ctx)
{
	return limit;
}
