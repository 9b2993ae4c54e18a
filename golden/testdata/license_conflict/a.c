// Licenses that differ.
//
// Link all-orders: a.c b.c
// Expect-error: license "(?s)the license is '(GPL|MIT)' here and '(GPL|MIT)' in another object.*give all objects the same license"
#include "bpf.h"

char LICENSE[] SEC("license") = "GPL";

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	return 0;
}
