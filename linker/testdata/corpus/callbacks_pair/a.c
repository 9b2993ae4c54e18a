// Callbacks of one name in two objects, each at its own place in .text, and a global one handed across.
// Run: loop_a tc
#include "../bpf.h"

long shared_step(__u32 i, void *ctx);
int loop_b(int n);

static long step(__u32 i, void *ctx)
{
	*(int *)ctx += i;
	return 0;
}

SEC("tc") int loop_a(struct __sk_buff *skb)
{
	int n = 0;

	bpf_loop(5, step, &n, 0);
	bpf_loop(3, shared_step, &n, 0);
	return n + loop_b(2);
}

LICENSE_GPL;
