// The second shape: no argument, in a TC program.
// Expect-probe: tc_entry() at tc_prog
// Expect-symbol: GLOBAL FUNC tc_prog in tc
#include "probes.h"

SEC("tc") int tc_prog(struct __sk_buff *skb)
{
	BPF_SDT_PROBE(tc_entry);
	return skb->len > 64;
}

char LICENSE[] SEC("license") = "GPL";
