/* SPDX-License-Identifier: (LGPL-2.1 OR BSD-2-Clause) */
/* A library: takes packets apart. Its probe shows every packet before anything has looked at it. */
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include "firewall.h"

BPF_SDT_DECLARE1(parse_start, struct xdp_md *);

static __attribute__((noinline)) int ethernet_protocol(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;

	BPF_SDT_PROBE1(parse_start, ctx);
	if ((void *)(eth + 1) > end)
		return 0;
	return bpf_ntohs(eth->h_proto);
}

int parse_packet(struct xdp_md *ctx, struct packet *p)
{
	void *end = (void *)(long)ctx->data_end;
	struct iphdr *ip = (void *)(long)ctx->data + sizeof(struct ethhdr);
	struct udphdr *ports = (void *)(ip + 1); /* TCP has its ports in the same place */

	if (!p || ethernet_protocol(ctx) != ETH_P_IP || (void *)(ports + 1) > end || ip->ihl != 5)
		return 0;
	if (ip->protocol != IPPROTO_UDP && ip->protocol != IPPROTO_TCP)
		return 0;
	p->source = bpf_ntohl(ip->saddr);
	p->port = bpf_ntohs(ports->dest);
	p->protocol = ip->protocol;
	p->headers = sizeof(struct ethhdr) + sizeof(*ip);
	return 1;
}
