// Variables of another object: extern, weak and strong, in data, bss and rodata.
// Run: across_a xdp
#include "shared.h"

int defined_in_a = 100;
__weak int weak_in_a = 1;
__weak int weak_in_both = 2;
static int same = 5;

SEC("xdp") int across_a(struct xdp_md *ctx)
{
	same += defined_in_b + array_in_b[1] + limit_in_b;
	zero_in_b += 1;
	return same + weak_in_a + weak_in_both + zero_in_b + twice(defined_in_a);
}

LICENSE_GPL;
