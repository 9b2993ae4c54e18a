#include "bpf.h"

volatile int table_b SEC(".rodata.tables") = 2;

SEC("xdp") int prog_b(struct xdp_md *ctx)
{
	return table_b;
}
