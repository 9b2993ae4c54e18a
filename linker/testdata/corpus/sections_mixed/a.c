// Programs of different kinds and sections in another order in each object.
// Run: mixed_xdp xdp
// Run: mixed_tc tc
#include "../bpf.h"

int common(int n);
const volatile int limit = 3;

SEC("xdp") int mixed_xdp(struct xdp_md *ctx)
{
	return common(limit);
}

SEC("tc") int mixed_tc(struct __sk_buff *skb)
{
	return common(skb->len);
}

LICENSE_GPL;
