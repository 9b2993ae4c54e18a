// Weak references: one that another object satisfies, by a weak definition.
// Run: maybe tc
#include "../bpf.h"

extern int perhaps(int x) __weak;
extern int perhaps_variable __weak;

SEC("tc") int maybe(struct __sk_buff *skb)
{
	return perhaps(skb->len) + perhaps_variable;
}

LICENSE_GPL;
