// Computed goto: a table of labels in .rodata, with relocations against the code. bpftool 7.1 refuses that.
// Compilers: clang22
// Compile: -mcpu=v4
#include "../bpf.h"

int goto_b(int n);

SEC("tc") int goto_a(struct __sk_buff *skb)
{
	static void *const labels[] = { &&one, &&two, &&three };
	int n = skb->len % 3;

	OPAQUE(n);
	goto *labels[n];
one:
	return 1;
two:
	return 2;
three:
	return goto_b(3);
}

LICENSE_GPL;
