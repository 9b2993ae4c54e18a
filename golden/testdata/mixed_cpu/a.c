// Objects for different versions of the instruction set.
//
// Compile: -mcpu=v1
// Link all-orders: a.c b.c
// Expect-symbol: GLOBAL FUNC half in .text
// Expect-no-text: FAULT|UND
#include "bpf.h"

int half(int n);

SEC("xdp") int prog(struct xdp_md *ctx)
{
	return (int)ctx->data < 4 ? half(ctx->data) : 0;
}
