#include "bpf.h"

static volatile char own[] SEC("license") = "GPL";

SEC("tc/c") int prog_c(struct __sk_buff *skb)
{
	return own[2];
}
