// SPDX-License-Identifier: Apache-2.0
// An XDP program with 16 places that are probe sites, calls by hand, or nothing. Two values are needed after each.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "bpf_sdt.h"

BPF_SDT_DECLARE2(step, int, int);

long counted;

// What a careful author writes by hand in place of a probe: a function that the compiler keeps, and calls with both
// arguments. It returns int, for kernels drop the signature of a static function without a result.
static __attribute__((noinline, used)) int by_hand(int len, int sum)
{
	asm volatile("" : : "r"(len), "r"(sum));
	return 0;
}

static __attribute__((noinline, used)) int count_by_hand(int len, int sum)
{
	asm volatile("" : : "r"(len), "r"(sum));
	counted++;
	return 0;
}

#if defined(BY_HAND)
#define PLACE(len, sum) by_hand(len, sum)
#elif defined(COUNT_BY_HAND)
#define PLACE(len, sum) count_by_hand(len, sum)
#elif defined(GUARDED)
#define PLACE(len, sum)                                                                                                \
	do {                                                                                                           \
		if (BPF_SDT_ENABLED(step))                                                                             \
			BPF_SDT_PROBE2(step, len, sum);                                                                \
	} while (0)
#else
#define PLACE(len, sum) BPF_SDT_PROBE2(step, len, sum)
#endif

// The asm keeps the compiler from adding up all steps at once.
#define STEP                                                                                                           \
	asm volatile("%0 += 3" : "+r"(sum));                                                                           \
	PLACE(len, sum);
#define STEPS4 STEP STEP STEP STEP

SEC("xdp")
int bench(struct xdp_md *ctx)
{
	int len = ctx->data_end - ctx->data, sum = 0;

	STEPS4 STEPS4 STEPS4 STEPS4
	return sum == len ? XDP_PASS : XDP_DROP;
}

char LICENSE[] SEC("license") = "GPL";
