// An object that has a program and nothing else.
// Run: picks tc
#include "../bpf.h"

int pick(int i);

SEC("tc") int picks(struct __sk_buff *skb)
{
	return pick(1) * 10 + pick(skb->len & 3);
}
