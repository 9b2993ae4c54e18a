// The second has two.
#include "../bpf.h"

struct one;
struct two {
	struct one *one;
	struct two *self;
	int n;
};

struct two two = { .n = 5 };
int cycle_c(struct two *t);

__hidden int cycle_b(struct one *o)
{
	two.self = &two;
	return cycle_c(two.self);
}
