// An object without -g has no BTF: what it has is linked, and a warning says what is missing.
//
// Link all-orders: a.c b.c
// Expect-probe: seen(int) at prog_a
// Expect-warning: no-btf "b\.o"
// Expect-symbol: GLOBAL FUNC prog_b in tc
#include "bpf.h"
#include "bpf_sdt.h"

BPF_SDT_DECLARE1(seen, int);

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	BPF_SDT_PROBE1(seen, 4);
	return XDP_PASS;
}
