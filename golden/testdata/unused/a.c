// A probe that is declared and has no site; and one that has a site in the other object only, which is no fault.
//
// Link: a.c b.c
// Expect-probe: used(int) at prog_b
// Expect-warning: probe-unused "forgotten"
#include "bpf.h"
#include "bpf_sdt.h"

BPF_SDT_DECLARE1(used, int);
BPF_SDT_DECLARE2(forgotten, int, struct xdp_md *);

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	return XDP_PASS;
}
