// A weak definition, then a reference, then a strong definition. bpftool 7.1 refuses that.
// Run: ordered xdp
#include "../bpf.h"

__weak int chosen(int x)
{
	OPAQUE(x);
	return x + 1;
}

__weak int number = 10;

SEC("xdp") int ordered(struct xdp_md *ctx)
{
	return chosen(1) + number;
}

LICENSE_GPL;
