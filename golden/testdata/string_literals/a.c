// String literals, each in a section that could be merged: every reference finds its own.
//
// Link all-orders: a.c b.c
// Expect-text: (?s)data \.rodata\.str1\.1
#include "bpf.h"

const char *volatile text_a = "of a";
static long (*const bpf_trace_printk)(const char *fmt, __u32 size) = (void *)6;

SEC("xdp") int prog_a(struct xdp_md *ctx)
{
	return bpf_trace_printk("hello a", 8);
}
