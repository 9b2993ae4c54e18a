// Sections of types that no BPF loader reads: a note, constructors, and a group, as C++ templates and inline functions make
// them.
//
// Link: a.c
// Expect-error: section "(?s)a\.o: error: section '.note.mine' is a note"
// Expect-error: section "(?s)a\.o: error: section '.init_array' holds constructors"
// Expect-error: section "(?s)a\.o: error: section '.group' is a group.*C\+\+"
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
