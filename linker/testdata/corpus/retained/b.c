// Without.
// Run: retained_b xdp
#include "../bpf.h"

int more = 5;

SEC("xdp") int retained_b(struct xdp_md *ctx)
{
	return more;
}
