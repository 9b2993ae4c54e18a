#include "bpf.h"

int pad_b = 1;
int level = 4;

SEC("tc") int prog_b(struct __sk_buff *skb)
{
	return level + pad_b;
}
