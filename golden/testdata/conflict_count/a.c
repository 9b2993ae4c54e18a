// Two objects declare one probe with different numbers of arguments; one of them has no site.
//
// Link all-orders: a.c b.c
// Expect-error: probe-conflict "'my_trace'(?s:.*)\./a\.c:\d+.*a\.o.*declared as \(int\)\n"
// Expect-error: probe-conflict "'my_trace'(?s:.*)b\.o.*declared as \(int, int\)\n"
#include "bpf.h"
#include "bpf_sdt.h"

BPF_SDT_DECLARE1(my_trace, int);

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	BPF_SDT_PROBE1(my_trace, 1);
	return XDP_PASS;
}
