// SPDX-License-Identifier: (LGPL-2.1 OR BSD-2-Clause)
// Flags: one that is used in two functions, one that is used without a site, one that is declared only. With NEVER
// none is used.
#include "bpf_sdt.h"

BPF_SDT_DECLARE2(used, unsigned int, void *);
#define alone alone_by_a_macro
BPF_SDT_DECLARE(alone);
BPF_SDT_DECLARE1(unused, int);
/* As when two headers declare it. */
BPF_SDT_DECLARE2(used, unsigned int, void *);

#ifdef NEVER
#undef BPF_SDT_ENABLED
#define BPF_SDT_ENABLED(name) 0
#endif

unsigned int dear(void *);
int first(void *ctx);
int second(void *ctx);

static inline __attribute__((always_inline)) void trace(void *ctx)
{
	if (BPF_SDT_ENABLED(used)) {
		unsigned int cost = dear(ctx);

		BPF_SDT_PROBE2(used, cost, ctx);
	}
}

__attribute__((section("xdp"))) int first(void *ctx)
{
	trace(ctx);
	return 1;
}

__attribute__((section("tc"))) int second(void *ctx)
{
	trace(ctx);
	return BPF_SDT_ENABLED(alone) ? 2 : 3;
}
