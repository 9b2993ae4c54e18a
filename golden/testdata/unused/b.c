#include "bpf.h"
#include "bpf_sdt.h"

BPF_SDT_DECLARE1(used, int);

SEC("xdp") int prog_b(struct xdp_md *ctx)
{
	BPF_SDT_PROBE1(used, 4);
	return XDP_PASS;
}
