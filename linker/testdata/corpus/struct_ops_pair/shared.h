#include "../bpf.h"

struct arg {
	int x;
};

struct corpus_ops {
	int (*first)(struct arg *a);
	int (*second)(struct arg *a, int n);
	long value;
};

int first(struct arg *a);
int second(struct arg *a, int n);
