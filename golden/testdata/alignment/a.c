// Every object's part starts at a multiple of the strictest alignment so far; there is no padding at the end.
//
// Link: a.c b.c
// Expect-symbol: GLOBAL OBJECT strict in .data.x
// Expect-text: (?m)^  \.data\.x: PROGBITS WA align 64 size 65$
#include "bpf.h"

__attribute__((aligned(64))) char strict SEC(".data.x") = 1;

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	return strict;
}
