#include "bpf.h"

extern int CONFIG_HZ;
int bpf_count(int n);

SEC("tc") int prog_b(struct __sk_buff *skb)
{
	return CONFIG_HZ + bpf_count(1);
}
