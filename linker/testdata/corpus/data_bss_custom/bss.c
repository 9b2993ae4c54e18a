// A section .bss.x, which cilium/ebpf makes a map of and libbpf skips. Not loaded, therefore.
#include "../bpf.h"

int counter SEC(".bss.counts");
static long hits SEC(".bss.counts");

SEC("xdp") int count(struct xdp_md *ctx)
{
	hits++;
	return ++counter;
}

LICENSE_GPL;
