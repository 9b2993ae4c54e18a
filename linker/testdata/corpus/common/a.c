// Variables without an initial value under -fcommon, whose place the linker finds. bpftool 7.1 refuses that.
// Compile: -fcommon
// Run: common_a tc
#include "../bpf.h"

int tentative;
long wider[4];
int common_b(void);

SEC("tc") int common_a(struct __sk_buff *skb)
{
	tentative += 5;
	wider[skb->len & 3] = 6;
	return common_b();
}

LICENSE_GPL;
