// Sections of types that BPF has no use for: constructors, which nothing would run.
//
// Link: a.c
// Expect-error: section "(?s)a\.o: error: section '.init_array' holds constructors"
#include "bpf.h"

asm(".section .init_array,\"aw\",@init_array\n"
    "	.quad 0\n"
    "	.text\n");

SEC("xdp") int prog(struct xdp_md *ctx)
{
	return 0;
}
