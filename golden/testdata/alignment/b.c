#include "bpf.h"

char byte SEC(".data.x") = 2;

SEC("tc") int prog_b(struct __sk_buff *skb)
{
	return byte;
}
