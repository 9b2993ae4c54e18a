// Two objects declare one probe with different types.
//
// Link all-orders: a.c b.c
// Expect-error: probe-conflict "'my_trace'(?s:.*)\./a\.c:\d+.*declared as \(int, int\)\n"
// Expect-error: probe-conflict "'my_trace'(?s:.*)\./b\.c:\d+.*declared as \(int, unsigned long\)\n"
#include "bpf.h"
#include "bpf_sdt.h"

BPF_SDT_DECLARE2(my_trace, int, int);

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	BPF_SDT_PROBE2(my_trace, 1, 2);
	return XDP_PASS;
}
