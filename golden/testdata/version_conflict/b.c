#include "bpf.h"

__u32 _version SEC("version") = 2;

SEC("tc") int prog_b(struct __sk_buff *skb)
{
	return 0;
}
