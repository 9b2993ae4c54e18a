// An extern whose type is not that of the definition.
//
// Link all-orders: a.c b.c
// Expect-error: type-mismatch "(?s)'limit'.*[ab]\.o"
#include "bpf.h"

struct limit {
	int low, high;
};

extern struct limit limit;

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	return limit.high;
}
