// Sections with SHF_GNU_RETAIN and the same ones without. libbpf does not load what bpftool 7.1 makes of it.
// Compilers: clang19 clang22
// Run: retained_a xdp
#include "../bpf.h"

#define RETAIN __attribute__((retain, used))

int plain = 1;
int kept RETAIN = 2;

RETAIN static __noinline int nobody_calls(int n)
{
	OPAQUE(n);
	return n + 7;
}

static __noinline int called(int n)
{
	OPAQUE(n);
	return n + plain;
}

SEC("xdp") int retained_a(struct xdp_md *ctx)
{
	return called(4);
}

LICENSE_GPL;
