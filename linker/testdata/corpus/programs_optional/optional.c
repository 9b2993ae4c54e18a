// Programs that are not loaded by themselves, beside one that is (bpftool refuses to pin what it has not loaded).
#include "../bpf.h"

SEC("socket") int wanted(struct __sk_buff *skb)
{
	return skb->len & 0xff;
}

SEC("?fentry/bpf_fentry_test1") int entry(unsigned long long *ctx)
{
	return 0;
}

SEC("?fexit/bpf_fentry_test1") int leave(unsigned long long *ctx)
{
	return (int)ctx[1] & 0;
}

SEC("?lsm/file_open") int open(unsigned long long *ctx)
{
	return 0;
}

SEC("?freplace/subprogram") int replacement(int x)
{
	return x;
}

SEC("?fmod_ret/bpf_modify_return_test") int modify(unsigned long long *ctx)
{
	return 0;
}

LICENSE_GPL;
