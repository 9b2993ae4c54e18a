// The second.
// Run: second_tc tc
// Run: second_socket socket
#include "../bpf.h"

__u64 runs;
static const char text[] = "abcdef";
int common(int n);

SEC("socket") int second_socket(struct __sk_buff *skb)
{
	return common(2) & 0xff;
}

SEC("tc") int second_tc(struct __sk_buff *skb)
{
	return common(text[skb->len & 3]);
}

LICENSE_GPL;
