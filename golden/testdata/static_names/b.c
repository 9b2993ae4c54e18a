#include "bpf.h"
#include "bpf_sdt.h"

BPF_SDT_DECLARE1(entered, int);

static volatile int state = 2;

static __noinline int work(int n)
{
	BPF_SDT_PROBE1(entered, n);
	return n - state;
}

SEC("xdp") int prog_b(struct xdp_md *ctx)
{
	return work(ctx->data_end);
}
