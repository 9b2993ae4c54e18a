// Memory of all widths, built-in copies, arguments by pointer to the stack, loops that are unrolled and not.
// Run: copies tc
#include "../bpf.h"

struct big {
	__u64 a[6];
	char c[9];
};

static __noinline int sum(const struct big *b, int n)
{
	int r = 0;

	for (int i = 0; i < 6; i++)
		r += b->a[i];
	return r + b->c[n & 7];
}

SEC("tc") int copies(struct __sk_buff *skb)
{
	struct big one = { .a = { 1, 2, 3 }, .c = "text" }, two;
	__u8 bytes[14] = {};

	__builtin_memcpy(&two, &one, sizeof(two));
	if (bpf_skb_load_bytes(skb, 0, bytes, sizeof(bytes)))
		return -1;
	two.a[5] = bytes[0] + bytes[13];
	two.c[3] = 1;
#pragma unroll
	for (int i = 0; i < 4; i++)
		two.a[4] += bytes[i];
	return sum(&two, bytes[7]) + sum(&one, 0);
}

LICENSE_GPL;
