/* A second object of the program in target.c, with another site of one of its probes. */
#include "bpf.h"
#include <bpf_sdt.h>

BPF_SDT_DECLARE2(my_trace, int, int);

SEC("xdp") int read_args_again(struct xdp_md *ctx)
{
	int len = ctx->data_end - ctx->data;

	BPF_SDT_PROBE2(my_trace, len + 1, (int)XDP_DROP);
	return XDP_DROP;
}
