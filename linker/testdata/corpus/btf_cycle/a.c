// Structs that refer to each other, of which each object has another part complete.
// Run: cycle_a xdp
#include "../bpf.h"

struct two;
union three;

struct one {
	struct two *two;
	union three *three;
	int n;
};

struct one one = { .n = 4 };
int cycle_b(struct one *o);

SEC("xdp") int cycle_a(struct xdp_md *ctx)
{
	return cycle_b(&one);
}

LICENSE_GPL;
