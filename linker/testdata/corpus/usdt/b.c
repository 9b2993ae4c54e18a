// The same header in a second object.
// Compile: -D__TARGET_ARCH_x86
#include "shared.h"
#include <bpf/usdt.bpf.h>

extern long total;

SEC("usdt//bin/true:corpus:second") int BPF_USDT(second, int x, void *p)
{
	total += x + (p != 0) + bpf_usdt_cookie(ctx);
	return 0;
}
