// SPDX-License-Identifier: (LGPL-2.1 OR BSD-2-Clause)
// With BPF_SDT_DISABLE this compiles without a warning to what it is with EXPECTED: without the probes.
#ifdef EXPECTED
#define BPF_SDT_DECLARE(name)
#define BPF_SDT_DECLARE2(name, t1, t2)
#define BPF_SDT_PROBE(name)
#define BPF_SDT_PROBE2(name, a1, a2)
#define BPF_SDT_TRACE(...)
#else
#include "bpf_sdt.h"
#endif

struct only_for_a_probe {
	int a;
};
BPF_SDT_DECLARE(plain);
BPF_SDT_DECLARE2(pair, int, struct only_for_a_probe *);

extern int next(int);
int program(int *p);

static int only_a_probe_calls(int i)
{
	return next(i) + next(i + 1);
}

int program(int *p)
{
	struct only_for_a_probe *only_a_probe_reads = (void *)p;
	int only_a_probe_sets = *p;

	BPF_SDT_PROBE(plain);
	BPF_SDT_PROBE2(pair, only_a_probe_calls(only_a_probe_sets++), only_a_probe_reads);
	BPF_SDT_TRACE(pair, next(7), only_a_probe_reads);
	return *p;
}
