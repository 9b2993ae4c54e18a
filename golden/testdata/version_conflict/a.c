// Versions that differ.
//
// Link: a.c b.c
// Expect-error: license "(?s)the version is [12] here and [12] in another object"
#include "bpf.h"

__u32 _version SEC("version") = 1;

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	return 0;
}
