// A dense switch, which is a chain of jumps or a lookup table in .rodata.
// Run: choose tc
#include "../bpf.h"

static __noinline int pick(unsigned n)
{
	OPAQUE(n);
	switch (n) {
	case 0: return 13;
	case 1: return 7;
	case 2: return 2;
	case 3: return 99;
	case 4: return 5;
	case 5: return 41;
	case 6: return 6;
	case 60: return 61;
	case 64: return 640;
	default: return -1;
	}
}

SEC("tc") int choose(struct __sk_buff *skb)
{
	return pick(skb->len) + pick(skb->len & 7);
}

LICENSE_GPL;
