// Variables in sections that are not linked go, with their tags; nothing refers to them.
//
// Link: a.c
// Expect-no-text: lost|gone|stray
#include "bpf.h"

#define tag(s) __attribute__((btf_decl_tag(s)))

int lost SEC(".debug_bpf_sdt_chk") tag("gone") = 1;
static int lost_too SEC(".debug_bpf_sdt_chk") tag("gone") = 2;

SEC("xdp") int prog(struct xdp_md *ctx)
{
	return 0;
}
