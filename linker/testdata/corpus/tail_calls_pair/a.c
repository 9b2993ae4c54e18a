// Tail calls from a subprogram and across objects by a map that the other defines.
// Run: jump xdp
#include "shared.h"

extern struct jump_table jump_table IN(".maps");
int depth;

static __noinline int leap(struct xdp_md *ctx, __u32 where)
{
	OPAQUE(where);
	bpf_tail_call(ctx, &jump_table, where);
	return where + 500;
}

SEC("xdp") int jump(struct xdp_md *ctx)
{
	depth++;
	return leap(ctx, 1) + leap(ctx, 0);
}

LICENSE_GPL;
