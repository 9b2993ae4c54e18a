// The old loads from packets, absolute and indirect, in a program and a subprogram.
// Run: filter socket
#include "../bpf.h"

unsigned long long load_byte(void *skb, unsigned long long off) asm("llvm.bpf.load.byte");
unsigned long long load_half(void *skb, unsigned long long off) asm("llvm.bpf.load.half");
unsigned long long load_word(void *skb, unsigned long long off) asm("llvm.bpf.load.word");

SEC("socket") int filter(struct __sk_buff *skb)
{
	__u64 off = load_byte(skb, 0) & 7;

	return load_byte(skb, off + 1) + load_half(skb, 2) + (load_word(skb, off) & 0xff);
}

LICENSE_GPL;
