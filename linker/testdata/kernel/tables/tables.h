#ifndef TABLES_H
#define TABLES_H
#include "bpf.h"
#include "bpf_sdt.h"

BPF_SDT_DECLARE1(jumped, struct xdp_md *);

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
};
extern struct inner inner __in(".maps"); /* b.c */

int prog_first(struct xdp_md *ctx);  /* a.c */
int prog_second(struct xdp_md *ctx); /* b.c */

#endif
