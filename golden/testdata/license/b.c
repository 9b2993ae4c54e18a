#include "bpf.h"

char LICENSE[] SEC("license") = "GPL";

SEC("xdp") int prog_b(struct xdp_md *ctx)
{
	return LICENSE[ctx->data & 1];
}
