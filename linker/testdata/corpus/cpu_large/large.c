// A jump over more instructions than a 16-bit offset can count, and a call behind them.
// Compilers: clang19 clang22
// Compile: -mcpu=v4
// Run: large xdp
#include "../bpf.h"

static __noinline int behind(int n)
{
	OPAQUE(n);
	return n + 1;
}

SEC("xdp") int large(struct xdp_md *ctx)
{
	int n = ctx->data_end - ctx->data;

	asm volatile("if %[n] > 0x64 goto 1f; gotol 2f; 1: .rept 40000; %[n] += 3; .endr; 2:" : [n] "+r"(n));
	return behind(n);
}

LICENSE_GPL;
