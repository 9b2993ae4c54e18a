#ifndef CALLS_H
#define CALLS_H
#include "bpf.h"
#include "bpf_sdt.h"

BPF_SDT_DECLARE2(step, __u32, __u64);

struct sum {
	__u64 value;
	__u32 steps;
};

int scale(int x, int by);              /* b.c */
int frame_length(struct xdp_md *ctx);  /* c.c */
__hidden int mix(int x);               /* c.c */
__u64 count_to(__u32 n);               /* a.c */

#endif
