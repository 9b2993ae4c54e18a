// SPDX-License-Identifier: (LGPL-2.1 OR BSD-2-Clause)
// The test defines DECLARATION and USE as what each of its cases has in these places.
#include "bpf_sdt.h"

struct foo {
	int a;
};
struct bar {
	int b;
};
struct big {
	long a, b;
};
enum e { E0, E1 };

BPF_SDT_DECLARE(none);
BPF_SDT_DECLARE2(two, int, int);
BPF_SDT_DECLARE1(u8, unsigned char);
BPF_SDT_DECLARE1(u64, unsigned long long);
BPF_SDT_DECLARE1(en, enum e);
BPF_SDT_DECLARE1(flag, _Bool);
BPF_SDT_DECLARE1(foo, struct foo *);
BPF_SDT_DECLARE1(mut, char *);
BPF_SDT_DECLARE1(any, void *);
BPF_SDT_DECLARE1(record, struct foo);
BPF_SDT_DECLARE5(five, int, int, int, int, int);

#ifdef DECLARATION
DECLARATION;
#endif

extern int next(struct foo *);
int program(struct foo *foo);

int program(struct foo *foo)
{
	int i = foo->a;
	long l = foo->a;
	unsigned int u = (unsigned int)foo->a;
	const int five = 5;
	char *mutable = (void *)foo;
	const char *text = mutable;
	void *any = foo;
	struct foo value = *foo;
	struct bar *bar = any, other = *bar;

	(void)i, (void)l, (void)u, (void)five, (void)mutable, (void)text, (void)any, (void)value, (void)bar, (void)other;
#ifdef USE
	USE;
#endif
	return 0;
}
