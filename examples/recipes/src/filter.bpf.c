/* SPDX-License-Identifier: (LGPL-2.1 OR BSD-2-Clause) */
/* An XDP program that drops what goes to a blocked port, and says so to whoever observes its probe. */
#include "filter.h"
#include <bpf_sdt.h>

BPF_SDT_DECLARE2(verdict, int, int);

SEC("xdp") int filter(struct xdp_md *ctx)
{
	int port = udp_port(ctx);
	int action = port == BLOCKED_PORT ? XDP_DROP : XDP_PASS;

	BPF_SDT_PROBE2(verdict, port, action);
	count(action);
	return action;
}

char LICENSE[] SEC("license") = "GPL";
