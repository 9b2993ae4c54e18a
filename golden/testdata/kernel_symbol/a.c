// What one object takes from the kernel, another one defines: a loader would fill in a value of its own, or look
// for the function in the kernel.
//
// Link all-orders: a.c b.c
// Expect-error: kernel-symbol "(?s)'CONFIG_HZ' is taken from the kernel \(section '.kconfig'\) and defined in another object.*a.c.*b.o: .data"
// Expect-error: kernel-symbol "(?s)'bpf_count' is taken from the kernel \(section '.ksyms'\) and defined in another object.*a.c.*b.c"
#include "bpf.h"

extern int CONFIG_HZ __kconfig;
extern int bpf_count(int by) __ksym;

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	return bpf_count(ctx->rx_queue_index) + CONFIG_HZ;
}
