#include "bpf.h"
#include "bpf_sdt.h"

BPF_SDT_DECLARE1(chosen, int);

__weak __noinline int choose(int n)
{
	BPF_SDT_PROBE1(chosen, n);
	return n + 2; /* from b */
}

SEC("xdp") int prog_b(struct xdp_md *ctx)
{
	return choose(ctx->data_end);
}
