/* SPDX-License-Identifier: (LGPL-2.1 OR BSD-2-Clause) */
/* What the three objects of the firewall share. */
#ifndef FIREWALL_H
#define FIREWALL_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf_sdt.h>

/* Of an IPv4 packet with UDP or TCP in it, in host byte order. */
struct packet {
	__u32 source;
	__u16 port;     /* it goes to */
	__u8 protocol;
	__u8 headers;   /* bytes up to and with the IPv4 header */
};

/* Fills in p; 0 if the packet is not one of those. In parser.c. */
int parse_packet(struct xdp_md *ctx, struct packet *p);

/* Drops by port, for all of which there is an entry that is blocked. In firewall.c. */
struct blocked_ports {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u16);
	__type(value, __u64);
};
extern struct blocked_ports blocked_ports __attribute__((section(".maps")));

/* Packets that left. In egress.c. */
extern __u64 packets_out;

#endif
