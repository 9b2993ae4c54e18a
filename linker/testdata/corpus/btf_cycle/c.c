// The third has three, and one once more.
#include "../bpf.h"

struct two;
union three {
	struct two *two;
	struct one *one;
};

struct one {
	struct two *two;
	union three *three;
	int n;
};

struct one local_one = { .n = 2 };
union three three;

__hidden int cycle_c(struct two *t)
{
	return local_one.n + (t != 0);
}
