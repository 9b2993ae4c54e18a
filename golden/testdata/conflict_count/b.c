#include "bpf.h"
#include "bpf_sdt.h"

BPF_SDT_DECLARE2(my_trace, int, int);

SEC("xdp") int prog_b(struct xdp_md *ctx)
{
	return XDP_DROP;
}
