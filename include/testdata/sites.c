// SPDX-License-Identifier: (LGPL-2.1 OR BSD-2-Clause)
// One probe at many sites from one line of source: inlined into two programs, and in an unrolled loop.
#include "bpf_sdt.h"

BPF_SDT_DECLARE2(step, int, void *);

static inline __attribute__((always_inline)) void trace(int n, void *ctx)
{
	BPF_SDT_PROBE2(step, n, ctx);
}

int first(void *ctx);
int second(void *ctx);

__attribute__((section("xdp"))) int first(void *ctx)
{
	trace(1, ctx);
	return 1;
}

__attribute__((section("tc"))) int second(void *ctx)
{
#pragma unroll
	for (int i = 10; i < 13; i++)
		trace(i, ctx);
	return 2;
}
