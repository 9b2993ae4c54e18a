// Calls across three objects, in a ring of declarations; static functions of one name in each.
// Run: start tc
#include "shared.h"

static __noinline int mix(int x)
{
	OPAQUE(x);
	return x * 3 + 1;
}

__noinline int in_a(int x, struct pair *p)
{
	return mix(x) + (p ? p->b : 0);
}

SEC("tc") int start(struct __sk_buff *skb)
{
	struct pair p = { 1, skb->len };

	return mix(skb->len) + in_b(2, &p) + in_c(&p, 1, 2, 3, 4);
}

LICENSE_GPL;
