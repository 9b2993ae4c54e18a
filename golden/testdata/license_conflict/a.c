// Licenses that differ.
//
// Link all-orders: a.c b.c
// Expect-error: license "(?s)section 'license' differs.*'(GPL|MIT)'.*the other is '(GPL|MIT)'"
#include "bpf.h"

char LICENSE[] SEC("license") = "GPL";

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	return 0;
}
