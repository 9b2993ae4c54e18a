// One object knows the struct that an argument points to, the other has but its name. The declarations agree, and the
// full type is what is left of both.
//
// Link all-orders: a.c b.c
// Expect-probe: event(struct flow *) at prog_a, prog_b
// Expect-no-text: forward
#include "bpf.h"
#include "bpf_sdt.h"

struct flow {
	__u32 saddr, daddr;
	struct flow *next;
};

BPF_SDT_DECLARE1(event, struct flow *);

struct flow flows[4];

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	struct flow *f = &flows[ctx->rx_queue_index & 3];

	BPF_SDT_PROBE1(event, f);
	return f->saddr;
}
