// Loops bounded by may_goto.
// Compilers: clang19 clang22
// Run: bounded tc
#include "../bpf.h"

SEC("tc") int bounded(struct __sk_buff *skb)
{
	int n = 0;

	for (;;) {
		asm volatile goto("may_goto %l[out]" :::: out);
		if (++n == 50)
			break;
	}
	return n;
out:
	return n + 1000;
}

LICENSE_GPL;
