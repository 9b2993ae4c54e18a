#include "bpf.h"

struct four {
	char text[4];
} LICENSE SEC("license") = { "GPL" };

SEC("tc") int prog_b(struct __sk_buff *skb)
{
	return 0;
}
