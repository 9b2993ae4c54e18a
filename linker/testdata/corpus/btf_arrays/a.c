// Structs of one name whose members differ only in the element type of an array; the same in the other order in b.c.
// Run: arrays xdp
#include "../bpf.h"

struct s {
	int (*p)[4];
	int (*q)[4];
};
struct by_value {
	int a[4], b[4];
};
struct same {
	int a[4];
	char b[4][2];
};

static struct s s;
struct by_value by_value_a;
struct same same_of_a;
int arrays_b(void);

SEC("xdp") int arrays(struct xdp_md *ctx)
{
	struct s *p = &s;

	OPAQUE(p);
	by_value_a.b[ctx->rx_queue_index & 3] = 2;
	return (p->q == 0) + by_value_a.a[0] + arrays_b();
}

LICENSE_GPL;
