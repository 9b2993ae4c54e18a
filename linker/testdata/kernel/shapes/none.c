// No argument, in a TC program.
#include "probes.h"

__u32 seen_none;

SEC("tc") int prog_none(struct __sk_buff *skb)
{
	BPF_SDT_PROBE(entry);
	seen_none += skb->len;
	return skb->len > 64 ? 2 : 0;
}
