/* SPDX-License-Identifier: (LGPL-2.1 OR BSD-2-Clause) */
/* What the objects of the filter share. */
#ifndef FILTER_H
#define FILTER_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

/* UDP to this port is dropped. */
#define BLOCKED_PORT 23

/* The port that a UDP packet goes to, or -1 for what is none. In parse.bpf.c. */
int udp_port(struct xdp_md *ctx);

/* Counts a packet; always 0, for the kernel wants a number from a global function. In count.bpf.c. */
int count(int action);
extern __u64 passed, dropped;

#endif
