// No license here.
// Run: uses_gpl_helper tc
#include "../bpf.h"

SEC("tc") int uses_gpl_helper(struct __sk_buff *skb)
{
	bpf_printk("length %d", skb->len);
	return skb->len;
}
