// A library: two objects that share functions and data which nobody else is to see. What is made local is called by
// section and offset, as static functions are, is static in BTF, and goes if nothing calls it. The prefix keeps its names,
// and those of static functions, from meeting those of a program.
//
// Link: a.c b.c
// Options library: --localize=*,!lib_* --prefix=lib_
// Expect-symbol: GLOBAL FUNC lib_sum in .text
// Expect-symbol: LOCAL FUNC lib_step in .text
// Expect-symbol: LOCAL FUNC lib_helper in .text
// Expect-symbol: LOCAL FUNC lib_helper.2 in .text
// Expect-symbol: LOCAL OBJECT lib_total in .bss
// Expect-symbol: GLOBAL OBJECT lib_limit in .data
// Expect-symbol: GLOBAL OBJECT seen in .maps
// Expect-symbol: GLOBAL FUNC entry in xdp
// Expect-no-text: FAULT|MISPLACED|UND|unused_here
//
// Link: a.c b.c
// Options exact: --localize=step
// Expect-symbol: LOCAL FUNC step in .text
// Expect-symbol: GLOBAL OBJECT total in .bss
//
// Link: a.c b.c
// Options refused: --localize=seen,nowhere,libx_*
// Expect-error: localize "'seen' cannot be made local: it is a map"
// Expect-error: localize "no object has a global symbol 'nowhere'"
#include "bpf.h"

long total;
long lib_limit = 100;

extern struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} seen __in(".maps");

__noinline int step(int n);

static __noinline int helper(int n)
{
	asm volatile("" : "+r"(n));
	return n + 1;
}

__noinline int lib_sum(int n)
{
	__u32 key = 0;

	if (bpf_map_lookup_elem(&seen, &key))
		total += helper(n);
	return step(n) + step(helper(n) + 1);
}

SEC("xdp") int entry(struct xdp_md *ctx)
{
	return lib_sum(ctx->rx_queue_index) > lib_limit;
}
