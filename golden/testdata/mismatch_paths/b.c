#include "bpf.h"

struct inner {
	int before;
	long deep;
};
struct nested {
	long first;
	struct inner inner;
};
enum color { RED = 1 };
struct bits {
	int a : 2;
	int b : 5;
};
struct two;
struct listed {
	int lines;
};

extern struct nested nested;
extern short elements[4];
extern enum color colour;
extern struct bits bits;
extern struct two *through;
extern long ratio;
extern struct listed listed[2];
int takes(int a, long b);
long gives(int a);
int counts(int a, int b);
int kind(void);

SEC("xdp") int prog(struct xdp_md *ctx)
{
	return nested.inner.deep + takes(1, 2) + gives(1) + elements[1] + colour + bits.b + !!through + kind() + ratio +
	       counts(1, 2) + listed[1].lines;
}
