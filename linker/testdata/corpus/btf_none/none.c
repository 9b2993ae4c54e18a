// An object without BTF.
// Compile: -g0
// Run: bare socket
#include "../bpf.h"

static __noinline int local(int n)
{
	OPAQUE(n);
	return n * 2;
}

SEC("socket") int bare(struct __sk_buff *skb)
{
	return local(skb->len) & 0xff;
}

LICENSE_GPL;
