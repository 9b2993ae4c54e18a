// A license whose variable has another type in the second object, though its bytes are the same.
//
// Link all-orders: a.c b.c
// Expect-error: type-mismatch "'LICENSE'"
#include "bpf.h"

char LICENSE[] SEC("license") = "GPL";

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	return 0;
}
