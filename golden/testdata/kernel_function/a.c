// A kernel function that another object defines.
//
// Link all-orders: a.c b.c
// Expect-error: kernel-symbol "(?s)'bpf_count' is taken from the kernel \(section '.ksyms'\) and defined in another object.*\./a\.c:\d+.*\./b\.c:\d+.*the definition"
#include "bpf.h"

int bpf_count(int n) __ksym;

SEC("xdp") int prog(struct xdp_md *ctx)
{
	return bpf_count(1);
}
