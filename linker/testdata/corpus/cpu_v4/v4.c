// Instruction set v4: sign-extending loads and moves, signed division and remainder, byte swaps.
// Compilers: clang19 clang22
// Compile: -mcpu=v4
// Run: v4 tc
#include "../bpf.h"

volatile signed char small = -3;
volatile short medium = -300;
volatile int large = -70000;

static __noinline int divide(int a, int b)
{
	OPAQUE(a);
	return a / b + a % b;
}

SEC("tc") int v4(struct __sk_buff *skb)
{
	long a = small, b = medium, c = large;
	int i = (signed char)skb->len;

	if (!i)
		return 1;
	return a + b + c + divide(large, i) + __builtin_bswap32(skb->len) + __builtin_bswap16(skb->len);
}

LICENSE_GPL;
