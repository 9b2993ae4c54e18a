#include "bpf.h"

int level = 2;

SEC("tc") int prog_b(struct __sk_buff *skb)
{
	return level;
}
