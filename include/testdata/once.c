// SPDX-License-Identifier: (LGPL-2.1 OR BSD-2-Clause)
// Arguments with side effects: each happens once, and in order. EXPECTED is the same without a probe.
#ifdef EXPECTED
#define PROBE1(name, a1)                              \
	do {                                          \
		int v1 = (a1);                        \
		__asm__ volatile("" : : "r"(v1));     \
	} while (0)
#define PROBE2(name, a1, a2)                              \
	do {                                              \
		int v1 = (a1), v2 = (a2);                 \
		__asm__ volatile("" : : "r"(v1), "r"(v2)); \
	} while (0)
#define PROBE3(name, a1, a2, a3)                                    \
	do {                                                        \
		int v1 = (a1), v2 = (a2), v3 = (a3);                \
		__asm__ volatile("" : : "r"(v1), "r"(v2), "r"(v3)); \
	} while (0)
#define PROBE4(name, a1, a2, a3, a4)                                         \
	do {                                                                 \
		int v1 = (a1), v2 = (a2), v3 = (a3), v4 = (a4);              \
		__asm__ volatile("" : : "r"(v1), "r"(v2), "r"(v3), "r"(v4)); \
	} while (0)
#define PROBE5(name, a1, a2, a3, a4, a5)                                              \
	do {                                                                          \
		int v1 = (a1), v2 = (a2), v3 = (a3), v4 = (a4), v5 = (a5);            \
		__asm__ volatile("" : : "r"(v1), "r"(v2), "r"(v3), "r"(v4), "r"(v5)); \
	} while (0)
#else
#include "bpf_sdt.h"

BPF_SDT_DECLARE1(one, int);
BPF_SDT_DECLARE2(two, int, int);
BPF_SDT_DECLARE3(three, int, int, int);
BPF_SDT_DECLARE4(four, int, int, int, int);
BPF_SDT_DECLARE5(five, int, int, int, int, int);
#define PROBE1 BPF_SDT_PROBE1
#define PROBE2 BPF_SDT_PROBE2
#define PROBE3 BPF_SDT_PROBE3
#define PROBE4 BPF_SDT_PROBE4
#define PROBE5 BPF_SDT_PROBE5
#endif

extern int next(int);
int program(volatile int *p);

int program(volatile int *p)
{
	int i = *p;

	PROBE1(one, *p);
	PROBE2(two, i++, *p);
	PROBE3(three, i++, next(i), *p);
	PROBE4(four, *p, next(1), *p, i++);
	PROBE5(five, *p, *p, i++, next(2), *p);
	return i;
}
