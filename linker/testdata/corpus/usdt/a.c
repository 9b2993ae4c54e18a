// User probes by libbpf's usdt.bpf.h, which defines weak maps, weak hidden functions and a weak kernel configuration.
// Compile: -D__TARGET_ARCH_x86
#include "shared.h"
#include <bpf/usdt.bpf.h>

long total;

SEC("usdt//bin/true:corpus:first") int first(struct pt_regs *ctx)
{
	long x = 0;

	bpf_usdt_arg(ctx, 0, &x);
	total += x + bpf_usdt_arg_cnt(ctx);
	return 0;
}

LICENSE_GPL;
