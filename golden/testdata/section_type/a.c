// Sections of types that no BPF loader reads: a note, constructors, and a group, as C++ templates and inline functions make
// them.
//
// Link: a.c
// Expect-error: section "(?s)a\.o: error: section has type 0x7.*\.note\.mine"
// Expect-error: section "(?s)a\.o: error: section has type 0xe.*\.init_array"
// Expect-error: section "(?s)a\.o: error: section has type 0x11.*\.group"
#include "bpf.h"

asm(".section .note.mine,\"a\",@note\n"
    "	.long 1\n"
    "	.section .init_array,\"aw\",@init_array\n"
    "	.quad 0\n"
    "	.section .data.mine,\"awG\",@progbits,mine,comdat\n"
    "	.quad 0\n"
    "	.text\n");

SEC("xdp") int prog(struct xdp_md *ctx)
{
	return 0;
}
