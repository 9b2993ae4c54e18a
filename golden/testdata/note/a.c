// Notes, which no BPF loader looks at, are carried as they are, with what refers to a place in them.
//
// Link: a.c b.c
// Expect-text: \.note\.mine: NOTE A align 4 size 28
// Expect-no-text: FAULT|UND
#include "bpf.h"

asm(".section .note.mine,\"a\",@note\n"
    "	.p2align 2\n"
    "	.long 4, 0, 1\n"
    "	.asciz \"one\"\n"
    "	.text\n");

SEC("xdp") int prog(struct xdp_md *ctx)
{
	return 0;
}
