// A struct of one name whose total size differs, though its members do not.
//
// Link all-orders: a.c b.c
// Expect-error: type-mismatch "(?s)'state' has different types.*struct state of (4|16) bytes.*struct state of (4|16) bytes"
#include "bpf.h"

struct state {
	int n;
} __attribute__((aligned(16)));

struct state state = { 1 };

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	return state.n;
}
