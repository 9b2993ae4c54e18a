// Every object has a license; one is left, and a use of another's finds it.
//
// Link all-orders: a.c b.c
// Expect-text: (?s)data license LICENSE[^\n]*:\n  47 50 4c 00
// Expect-text: (?m)^  license: PROGBITS WA align 1 size 4$
#include "bpf.h"

char LICENSE[] SEC("license") = "GPL";

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	return LICENSE[ctx->data & 3];
}
