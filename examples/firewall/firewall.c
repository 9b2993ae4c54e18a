/* SPDX-License-Identifier: (LGPL-2.1 OR BSD-2-Clause) */
/* An XDP program that drops what goes to a blocked port, and says so to whoever observes its probe. */
#include "firewall.h"

BPF_SDT_DECLARE3(verdict, __u32, __u16, int);

struct blocked_ports blocked_ports SEC(".maps");

SEC("xdp") int firewall(struct xdp_md *ctx)
{
	struct packet p = {};
	int action = XDP_PASS;
	__u64 *drops;

	if (!parse_packet(ctx, &p))
		return XDP_PASS;
	drops = bpf_map_lookup_elem(&blocked_ports, &p.port);
	if (drops) {
		__sync_fetch_and_add(drops, 1);
		action = XDP_DROP;
	}
	BPF_SDT_PROBE3(verdict, p.source, p.port, action);
	return action;
}

char LICENSE[] SEC("license") = "GPL";
