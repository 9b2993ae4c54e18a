#include "../bpf.h"

struct pair {
	int a, b;
};

int in_a(int x, struct pair *p);
int in_b(int x, struct pair *p);
int in_c(struct pair *p, int a, int b, int c, long d);
