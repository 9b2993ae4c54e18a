#include "bpf.h"

__hidden int check(int n);
__hidden extern int limit;

SEC("tc") int prog_b(struct __sk_buff *skb)
{
	return check(limit);
}
