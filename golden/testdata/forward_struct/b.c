#include "bpf.h"
#include "bpf_sdt.h"

struct flow;

BPF_SDT_DECLARE1(event, struct flow *);

void *current_flow;

SEC("xdp") int prog_b(struct xdp_md *ctx)
{
	struct flow *f = current_flow;

	BPF_SDT_PROBE1(event, f);
	return XDP_PASS;
}
