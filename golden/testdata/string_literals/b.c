#include "bpf.h"

const char *volatile text_b = "of b";
static long (*const bpf_trace_printk)(const char *fmt, __u32 size) = (void *)6;

SEC("tc") int prog_b(struct __sk_buff *skb)
{
	return bpf_trace_printk("hello a", 8) + bpf_trace_printk("hello b", 8);
}
