/* SPDX-License-Identifier: (LGPL-2.1 OR BSD-2-Clause) */
/* A TC program that counts what leaves. Its probe has no arguments: that it fires is all there is to know. */
#include "firewall.h"

BPF_SDT_DECLARE(packet_leaves);

__u64 packets_out;

SEC("tc") int egress(struct __sk_buff *skb)
{
	BPF_SDT_PROBE(packet_leaves);
	__sync_fetch_and_add(&packets_out, 1);
	return 0; /* TC_ACT_OK */
}
