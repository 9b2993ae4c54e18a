// A weak function that strong.c overrides, between two that stay. Its body has to go, with its line information, its
// probe and its extern.
#include "verdict.h"

int before(int x);
int after(int x);

__noinline int before(int x)
{
	x = x * 1101;
	return x ^ 1;
}

#ifndef WHOLE
extern int only_the_weak_one_calls_this(int x);

__weak int verdict(int x)
{
	x = x * 1190;
	BPF_SDT_PROBE1(decided, x);
	x ^= only_the_weak_one_calls_this(x);
	x = x * 1191;
	return x;
}
#endif

__noinline int after(int x)
{
	x = x * 1103;
	return x ^ 3;
}

static __noinline int local(int x)
{
	x = x * 1104;
	return after(x) + before(x);
}

SEC("xdp") int prog_weak(struct xdp_md *ctx)
{
	int len = ctx->data_end - ctx->data;

	len = before(len) + verdict(len) + after(len) + local(len);
	len = len * 1105;
	return len;
}
