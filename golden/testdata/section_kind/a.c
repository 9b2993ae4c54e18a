// A section that has code in one object and data in the other.
//
// Link: a.c b.c
// Expect-error: section "(?s)b\.o: error: section '[a-z]*' holds data here and code in another object.*a\.o"
#include "bpf.h"

SEC("both") int prog_a(struct xdp_md *ctx)
{
	return 0;
}
