// Static functions that nothing calls, between others; what only they use.
// Run: live tc
#include "../bpf.h"

#define USED __attribute__((used))

extern int only_dead_code_uses(int x);
int live_b(int n);

static USED __noinline int dead_first(int n)
{
	OPAQUE(n);
	return only_dead_code_uses(n) * 3;
}

static __noinline int live_one(int n)
{
	OPAQUE(n);
	return n + 2;
}

static USED __noinline int dead_caller(int n)
{
	return dead_first(n) + live_one(n);
}

static __noinline int live_two(int n)
{
	return live_one(n) * 5 + live_b(n);
}

SEC("tc") int live(struct __sk_buff *skb)
{
	return live_two(skb->len);
}

LICENSE_GPL;
