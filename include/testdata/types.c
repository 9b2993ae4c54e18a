// SPDX-License-Identifier: (LGPL-2.1 OR BSD-2-Clause)
// Every number of arguments and every kind of type, one site a probe. Nothing here may warn, -Wpedantic included.
#include "bpf_sdt.h"

struct context {
	unsigned int data, data_end;
};
enum verdict { DROP, PASS };
struct pair {
	int a, b;
};
struct rgb {
	unsigned char r, g, b;
};
union word {
	unsigned int whole;
	unsigned char bytes[4];
};
typedef unsigned int u32;

BPF_SDT_DECLARE(none);
BPF_SDT_DECLARE1(context, struct context *);
BPF_SDT_DECLARE2(my_trace, int, int);
BPF_SDT_DECLARE3(narrow, unsigned char, short, _Bool);
BPF_SDT_DECLARE4(mixed, enum verdict, const char *, unsigned long long, void *);
BPF_SDT_DECLARE5(wide, long, const u32, void (*)(int, char), struct pair, struct rgb);
BPF_SDT_DECLARE_N(counted_none);
BPF_SDT_DECLARE_N(counted_two, char, union word);
BPF_SDT_DECLARE_N(counted_five, int, int, int, int, int);
BPF_SDT_DECLARE2(packed, struct rgb, struct pair);

// Declared, with types that nothing else names, and never used.
BPF_SDT_DECLARE2(unused, struct seen_here_first *, volatile char *const);

// Declared twice, as by a header without a guard: still one probe.
BPF_SDT_DECLARE1(twice, int);
BPF_SDT_DECLARE1(twice, int);

int program(struct context *ctx);
void callee(int, char);

__attribute__((section("xdp"))) int program(struct context *ctx)
{
	static const char text[] = "text";
	volatile struct pair *fields = (void *)ctx;
	const int length = fields->a;
	unsigned char byte = *(unsigned char *)ctx;
	struct pair pair = { fields->a, fields->b };
	union word word = { .whole = ctx->data };
	enum verdict verdict = length ? PASS : DROP;

	BPF_SDT_PROBE(none);
	BPF_SDT_PROBE1(context, ctx);
	BPF_SDT_PROBE2(my_trace, length, fields->b);
	BPF_SDT_PROBE3(narrow, byte, -3, length > 3);
	BPF_SDT_PROBE4(mixed, verdict, text, sizeof(pair), ctx);
	BPF_SDT_PROBE5(wide, 5, ctx->data, callee, pair, ((struct rgb){ 1, 2, 3 }));
	BPF_SDT_TRACE(counted_none);
	BPF_SDT_TRACE(counted_two, 'x', word);
	BPF_SDT_TRACE(counted_five, 11, 22, 33, 44, 55);
	if (length)
		BPF_SDT_PROBE1(twice, 7);
	else
		BPF_SDT_PROBE1(twice, 8);
	return 0;
}

void callee(int i, char c)
{
	BPF_SDT_PROBE2(my_trace, i, c + 0);
	BPF_SDT_PROBE2(packed, ((struct rgb){ 1, 2, 3 }), ((struct pair){ 0, 4 }));
}
