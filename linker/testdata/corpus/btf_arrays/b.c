// The other structs.
#include "../bpf.h"

struct s {
	int (*p)[4];
	long (*q)[4];
};
struct by_value {
	int a[4];
	unsigned b[4];
};
struct same {
	int a[4];
	char b[4][2];
};

static struct s s;
struct by_value by_value_b;
struct same same_of_b;

__noinline int arrays_b(void)
{
	struct s *p = &s;

	OPAQUE(p);
	by_value_b.b[2]++;
	return (p->q == 0) * 10 + by_value_b.b[2];
}
