// Code refers to a variable in a section that is not linked.
//
// Link: a.c
// Expect-error: relocation "(?s)a\.o: error: relocation against 'lost', which is in section '\.debug_bpf_sdt_chk' and that is not linked.*\./a\.c:\d+"
#include "bpf.h"

int lost SEC(".debug_bpf_sdt_chk") = 1;

SEC("xdp") int prog(struct xdp_md *ctx)
{
	return lost;
}
