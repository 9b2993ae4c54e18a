#include "bpf.h"

asm("	.data\n"
    "	.globl words\n"
    "	.type words,@object\n"
    "	.size words,8\n"
    "	.p2align 2\n"
    "words:\n"
    "	.long 1, 2\n"
    "	.text\n");

SEC("tc") int prog_b(struct __sk_buff *skb)
{
	return 0;
}
