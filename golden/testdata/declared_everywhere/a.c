// A header declares a probe in three objects and one uses it: one declaration is left.
//
// Link all-orders: a.c b.c c.c
// Expect-probe: shared(struct xdp_md *, int) at prog_a
// Expect-text: (?m)^  static void \(\*const __sdt_type_shared\)\(struct xdp_md \*, int\)\n    tag "bpf_sdt:shared:2"\n(\n|\z)
// Expect-no-text: __sdt_chk
//
// Link: b.c c.c
// Expect-warning: probe-unused "shared"
#include "probes.h"

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	BPF_SDT_PROBE2(shared, ctx, 1);
	return XDP_PASS;
}
