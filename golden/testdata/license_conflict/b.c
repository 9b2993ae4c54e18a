#include "bpf.h"

char LICENSE[] SEC("license") = "MIT";

SEC("tc") int prog_b(struct __sk_buff *skb)
{
	return 0;
}
