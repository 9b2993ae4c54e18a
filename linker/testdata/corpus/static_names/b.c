// Other types under the same names.
#include "../bpf.h"

struct state {
	long b, c;
};
static struct state state = { 2, 3 };
static short counts[3] = { 1, 2, 3 };
static const char name[] = "another";

static __noinline int look(struct state *s, int i)
{
	OPAQUE(s);
	return s->c + counts[i & 1] + name[i & 3];
}

__noinline int names_b(int i)
{
	state.c += i;
	counts[i & 1]--;
	return look(&state, i);
}
