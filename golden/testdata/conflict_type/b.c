#include "bpf.h"
#include "bpf_sdt.h"

BPF_SDT_DECLARE2(my_trace, int, unsigned long);

SEC("xdp") int prog_b(struct xdp_md *ctx)
{
	BPF_SDT_PROBE2(my_trace, 1, 2);
	return XDP_PASS;
}
