// Hidden functions are not scoped by object: two of one name collide.
//
// Link all-orders: a.c b.c
// Expect-error: duplicate-symbol "'check' is defined in two objects"
#include "bpf.h"

__hidden __noinline int check(int n)
{
	return n + 1;
}

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	return check(1);
}
