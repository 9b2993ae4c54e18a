// The body of an overridden weak function is cut out from between others. Everything that reaches across the gap moves:
// calls without a relocation, addresses in instructions and in data, sites, CO-RE relocations and line information.
//
// Link: a.c
// Expect-probe: behind(int) at last, last
// Expect-probe: cut(int) at middle
// Expect-symbol: WEAK FUNC middle in .text
// Expect-warning: probe-repeated "behind"
//
// Link all-orders: a.c b.c
// Expect-probe: behind(int) at last, last
// Expect-symbol: GLOBAL FUNC middle in .text
// Expect-text: (?s)data \.data table:\n  \.quad last\n  \.quad callback\n
// Expect-text: call middle\n
// Expect-text: = &callback\n
// Expect-text: (?s)code \.text last:.*CO-RE: byte offset of field 0:1 of struct pair
// Expect-no-text: weak body
// Expect-warning: probe-repeated "behind"
// Expect-warning: probe-unused "cut"
#include "bpf.h"
#include "bpf_sdt.h"

BPF_SDT_DECLARE1(cut, int);
BPF_SDT_DECLARE1(behind, int);

struct pair {
	int a, b;
} __attribute__((preserve_access_index));

struct pair pair;

static int last(int n);
static long callback(__u32 index, void *ctx);

/* In front of the gap, and calls what is behind it. */
static __noinline int first(int n)
{
	return last(n + 1) * 2;
}

__weak __noinline int middle(int n)
{
	BPF_SDT_PROBE1(cut, n);
	bpf_loop(n, callback, &n, 0); /* weak body */
	return first(n) + pair.a;
}

/* Behind the gap, and calls what is in front of it. */
static __noinline int caller(int n)
{
	bpf_loop(n, callback, &n, 0);
	return first(n) + middle(n);
}

static __noinline int last(int n)
{
	if (n > pair.b)
		BPF_SDT_PROBE1(behind, n);
	else
		n += 3;
	BPF_SDT_PROBE1(behind, n);
	return n;
}

static long callback(__u32 index, void *ctx)
{
	return *(int *)ctx > index;
}

void *table[] = { last, callback };

SEC("xdp") int prog(struct xdp_md *ctx)
{
	return caller(ctx->data) + (table[ctx->data_end & 1] != 0);
}
