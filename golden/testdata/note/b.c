#include "bpf.h"

asm(".section .note.mine,\"a\",@note\n"
    "	.p2align 2\n"
    "	.long 0, 0, 2\n"
    "	.text\n");

SEC("xdp") int other(struct xdp_md *ctx)
{
	return 1;
}
