#include "bpf.h"

char _license[] SEC("license") __attribute__((btf_decl_tag("mine"))) = "GPL";

SEC("tc") int prog_b(struct __sk_buff *skb)
{
	return ((volatile char *)_license)[1];
}
