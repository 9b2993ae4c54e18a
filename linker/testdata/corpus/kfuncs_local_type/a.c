// Types that come before those of b.c, whose ids are thus other ones in the result.
#include "../bpf.h"

struct shifted {
	int a, b;
	struct shifted *next;
	char name[7];
};

__noinline int shift_ids(struct shifted *s)
{
	OPAQUE(s);
	return s ? s->name[2] + s->b : 1000;
}
