// An exception callback, which only a declaration tag names.
#include "../bpf.h"

extern void bpf_throw(__u64 cookie) __ksym;

__noinline int on_exception(__u64 cookie)
{
	return cookie + 64;
}

SEC("tc") TAG("exception_callback:on_exception") int throws(struct __sk_buff *skb)
{
	if (skb->len == 1234)
		bpf_throw(3);
	return 0;
}

LICENSE_GPL;
