// Versions that differ.
//
// Link: a.c b.c
// Expect-error: license "(?s)section 'version' differs"
#include "bpf.h"

__u32 _version SEC("version") = 1;

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	return 0;
}
