// The map and what it jumps to.
#include "shared.h"

extern int depth;
int landed(struct xdp_md *ctx);

struct jump_table jump_table SEC(".maps") = {
	.values = { [0] = landed },
};

SEC("xdp") int landed(struct xdp_md *ctx)
{
	return depth * 10 + 7;
}
