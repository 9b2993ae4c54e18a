// Static functions, variables and types of the same names in three objects, used by address and by value.
// Run: names_a tc
#include "../bpf.h"

struct state {
	int a;
};
static struct state state = { 1 };
static int counts[2] = { 10, 20 };
static const char name[] = "first";
int names_b(int i);
int names_c(int i);

static __noinline int look(struct state *s, int i)
{
	OPAQUE(s);
	return s->a + counts[i & 1] + name[i & 3];
}

SEC("tc") int names_a(struct __sk_buff *skb)
{
	state.a++;
	counts[skb->len & 1]++;
	return look(&state, skb->len) + names_b(1) * 1000 + names_c(2) * 100000;
}

LICENSE_GPL;
